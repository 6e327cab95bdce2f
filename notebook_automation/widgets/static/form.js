/* A form for a JSON Schema: simple fields as inputs, everything else as JSON that the server checks. */

let fieldCount = 0;

/** Returns `{element, value(), focus()}` for `schema`; `value()` throws an Error that names the field. */
function formOf(schema, initial, isRequired = true, label = '') {
  const root = schema && typeof schema === 'object' ? schema : {};
  return fieldOf({ root, depth: 0 }, root, initial, isRequired, label);
}

/** Returns the choices of a schema that is a choice of one, else null. */
function choicesOf(schema) {
  return schema && Array.isArray(schema.enum) ? schema.enum : null;
}

function fieldOf(context, given, initial, isRequired, name) {
  const [schema, isNullable] = simplified(context, given);
  const about = {
    schema,
    isNullable,
    isRequired,
    label: schema.title || name,
    initial: initial === undefined ? schema.default : initial
  };
  if (schema.enum) {
    return selectField(about);
  }
  if (schema.type === 'boolean') {
    return checkField(about);
  }
  if (schema.type === 'string') {
    return textField(about);
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    return numberField(about);
  }
  if (
    schema.type === 'array' &&
    schema.items &&
    Array.isArray(simplified(context, schema.items)[0].enum)
  ) {
    return checksField(about, simplified(context, schema.items)[0].enum);
  }
  if (schema.type === 'object' && schema.properties && context.depth < 8) {
    return objectField({ ...context, depth: context.depth + 1 }, about);
  }
  return jsonField(about);
}

/** Returns a schema without a reference to itself and without "or null", and whether it takes null. */
function simplified(context, given) {
  let schema = given && typeof given === 'object' ? given : {};
  for (let step = 0; typeof schema.$ref === 'string' && step < 20; step += 1) {
    const { $ref, ...more } = schema;
    schema = { ...(pointed(context.root, $ref) || {}), ...more };
    if (schema.$ref === $ref) {
      delete schema.$ref;
    }
  }
  if (schema.allOf && schema.allOf.length === 1) {
    const { allOf, ...more } = schema;
    return simplified(context, { ...allOf[0], ...more });
  }
  const kinds = schema.anyOf || schema.oneOf;
  if (kinds) {
    const real = kinds.filter(one => one && one.type !== 'null');
    if (real.length === 1 && real.length < kinds.length) {
      const { anyOf, oneOf, ...more } = schema;
      return [simplified(context, { ...real[0], ...more })[0], true];
    }
    return [
      { title: schema.title, description: schema.description, default: schema.default },
      false
    ];
  }
  if (Array.isArray(schema.type)) {
    const real = schema.type.filter(one => one !== 'null');
    const isNullable = real.length < schema.type.length;
    return [{ ...schema, type: real.length === 1 ? real[0] : undefined }, isNullable];
  }
  return [schema, false];
}

function pointed(root, ref) {
  if (!ref.startsWith('#')) {
    return null;
  }
  return ref
    .slice(1)
    .split('/')
    .filter(Boolean)
    .map(part => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((found, part) => (found && typeof found === 'object' ? found[part] : undefined), root);
}

/** Returns what stands for a field that was left empty: nothing where it may be missing. */
function emptyOf({ isNullable, isRequired, label }) {
  if (!isRequired) {
    return undefined;
  }
  if (isNullable) {
    return null;
  }
  throw new Error(`Fill in: ${label || 'the value'}.`);
}

function labelled(about, input, { before = false } = {}) {
  fieldCount += 1;
  input.id = `na-field-${fieldCount}`;
  const text = about.label || 'Value';
  const mark = about.isRequired && !about.isNullable ? '' : ' (optional)';
  const label = el('label', { for: input.id, class: 'na-Form-label' }, text + (before ? '' : mark));
  const description = about.schema.description;
  const help = description
    ? el('div', { class: 'na-Form-help', id: `${input.id}-help` }, description)
    : null;
  if (help) {
    input.setAttribute('aria-describedby', help.id);
  }
  const parts = before ? [input, ' ', label] : [label, input];
  return el('div', { class: 'na-Form-field' }, ...parts, help);
}

function textField(about) {
  const { schema, initial } = about;
  const kind = { date: 'date', 'date-time': 'datetime-local', time: 'time', email: 'email' }[
    schema.format
  ];
  const isLong = !kind && ((schema.maxLength || 0) > 200 || String(initial || '').includes('\n'));
  const input = isLong ? el('textarea', { rows: 4 }) : el('input', { type: kind || 'text' });
  input.value = shownText(schema.format, initial);
  const value = () => {
    if (input.value === '' && (about.isNullable || !about.isRequired || kind)) {
      return emptyOf(about);
    }
    return schema.format === 'date-time' ? new Date(input.value).toISOString() : input.value;
  };
  return { element: labelled(about, input), value, focus: () => input.focus() };
}

function shownText(format, initial) {
  if (initial === undefined || initial === null) {
    return '';
  }
  const moment = format === 'date-time' ? new Date(initial) : null;
  if (!moment || Number.isNaN(moment.getTime())) {
    return String(initial);
  }
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

function numberField(about) {
  const { schema, initial } = about;
  const input = el('input', {
    type: 'text',
    inputmode: schema.type === 'integer' ? 'numeric' : 'decimal',
    autocomplete: 'off'
  });
  input.value = initial === undefined || initial === null ? '' : String(initial);
  const value = () => {
    const text = input.value.trim();
    if (text === '') {
      return emptyOf(about);
    }
    const number = Number(text);
    if (!Number.isFinite(number) || (schema.type === 'integer' && !Number.isInteger(number))) {
      const wanted = schema.type === 'integer' ? 'a whole number' : 'a number';
      throw new Error(`${about.label || 'The value'} is ${wanted}, such as 3, not ${text}.`);
    }
    return number;
  };
  return { element: labelled(about, input), value, focus: () => input.focus() };
}

function checkField(about) {
  const input = el('input', { type: 'checkbox' });
  input.checked = about.initial === true;
  const value = () => input.checked;
  return { element: labelled(about, input, { before: true }), value, focus: () => input.focus() };
}

function selectField(about) {
  const choices = about.schema.enum;
  const select = el('select');
  const chosen = choices.findIndex(one => sameJson(one, about.initial));
  if (chosen < 0) {
    select.append(el('option', { value: '' }, '–'));
  }
  choices.forEach((one, number) => {
    select.append(el('option', { value: number, selected: number === chosen }, choiceText(one)));
  });
  const value = () => (select.value === '' ? emptyOf(about) : choices[Number(select.value)]);
  return { element: labelled(about, select), value, focus: () => select.focus() };
}

function checksField(about, choices) {
  const initial = Array.isArray(about.initial) ? about.initial : [];
  const inputs = choices.map(one => {
    const input = el('input', { type: 'checkbox' });
    input.checked = initial.some(given => sameJson(given, one));
    return input;
  });
  const labels = choices.map((one, number) =>
    el('label', { class: 'na-Form-check' }, inputs[number], ' ' + choiceText(one))
  );
  const element = el(
    'fieldset',
    { class: 'na-Form-group' },
    el('legend', {}, about.label || 'Values'),
    ...labels
  );
  const value = () => choices.filter((_, number) => inputs[number].checked);
  return { element, value, focus: () => inputs[0] && inputs[0].focus() };
}

function objectField(context, about) {
  const { schema } = about;
  const required = schema.required || [];
  const given = about.initial && typeof about.initial === 'object' ? about.initial : {};
  const fields = Object.entries(schema.properties).map(([name, inner]) => [
    name,
    fieldOf(context, inner, given[name], required.includes(name), name)
  ]);
  // What the schema does not name, and was proposed, is kept.
  const kept = Object.fromEntries(
    Object.entries(given).filter(([name]) => !(name in schema.properties))
  );
  const elements = fields.map(([, field]) => field.element);
  const element =
    context.depth === 1
      ? el('div', {}, ...elements)
      : el(
          'fieldset',
          { class: 'na-Form-group' },
          el('legend', {}, about.label || 'Values'),
          ...elements
        );
  const value = () => {
    const found = { ...kept };
    for (const [name, field] of fields) {
      const one = field.value();
      if (one !== undefined) {
        found[name] = one;
      }
    }
    return found;
  };
  return { element, value, focus: () => fields[0] && fields[0][1].focus() };
}

function jsonField(about) {
  const input = el('textarea', { rows: 6, spellcheck: 'false', class: 'na-Form-json' });
  input.value = about.initial === undefined ? '' : JSON.stringify(about.initial, null, 2);
  const label = `${about.label || 'Value'} (JSON)`;
  const value = () => {
    if (input.value.trim() === '') {
      return emptyOf({ ...about, label });
    }
    try {
      return JSON.parse(input.value);
    } catch (error) {
      throw new Error(`${label} cannot be read: ${error.message}`);
    }
  };
  return { element: labelled({ ...about, label }, input), value, focus: () => input.focus() };
}

function choiceText(choice) {
  return typeof choice === 'string' ? choice : JSON.stringify(choice);
}

function sameJson(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
