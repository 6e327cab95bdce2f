/** The rules of a trigger: what it runs beside its own call; added, edited, switched on and off, deleted. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/request';
import { ICollecting, IRule, IRuleBody, changeRule, deleteRule, putRule } from '../../api/rules';
import { ITrigger } from '../../api/triggers';
import { AreaField, SelectField, TextField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Banner, Button, IconButton, Switch } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import { duration } from '../../parts/times';
import { IAutomation } from '../../tokens';

/** How events are collected for one run. */
export function collectingWords(collect: ICollecting, trans: TranslationBundle): string {
  const { batch, debounce, key } = collect;
  const words =
    batch !== null
      ? trans.__('all events of %1 in one run', duration(batch))
      : trans.__('one run once no event has come for %1', duration(debounce ?? 0));
  return key ? trans.__('%1, apart by %2', words, key) : words;
}

export function Rules(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element {
  const { trigger, automation } = props;
  const { trans } = automation;
  // The name of the rule that is edited; empty for a new one.
  const [edited, setEdited] = React.useState<string | null>(null);
  const close = (): void => setEdited(null);
  return (
    <section className="na-Rules" aria-label={trans.__('Rules')}>
      {trigger.rules.length > 0 && <h2>{trans.__('Rules')}</h2>}
      <ul>
        {trigger.rules.map(rule =>
          rule.name === edited ? (
            <li key={rule.name}>
              <RuleForm {...props} rule={rule} onDone={close} />
            </li>
          ) : (
            <Rule key={rule.name} {...props} rule={rule} onEdit={() => setEdited(rule.name)} />
          )
        )}
      </ul>
      {edited === '' ? (
        <RuleForm {...props} rule={null} onDone={close} />
      ) : (
        <Button onClick={() => setEdited('')}>{trans.__('Add a rule')}</Button>
      )}
    </section>
  );
}

function Rule(props: {
  trigger: ITrigger;
  rule: IRule;
  automation: IAutomation;
  onEdit: () => void;
}): JSX.Element {
  const { trigger, rule, automation, onEdit } = props;
  const { trans, client } = automation;
  const [busy, run] = useBusy();
  const act = (action: () => Promise<unknown>): void => void run(() => attempt(action));
  const remove = async (): Promise<void> => {
    const { button } = await showDialog({
      title: trans.__('Delete the rule %1?', rule.name),
      body: trans.__('What it made stays.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
    });
    if (button.accept) {
      await deleteRule(client, trigger.id, rule.name);
    }
  };
  const between = rule.condition === 'any' ? trans.__('or') : trans.__('and');
  return (
    <li data-rule={rule.name}>
      <Switch
        checked={rule.enabled}
        label={trans.__('Rule %1', rule.name)}
        disabled={busy}
        onChange={enabled => act(() => changeRule(client, trigger.id, rule.name, { enabled }))}
      />
      <span className="na-Rules-text">
        <strong>{rule.name}</strong> <code>{rule.call}</code>{' '}
        {rule.conditions.map((text, index) => (
          <React.Fragment key={index}>
            {index === 0 ? trans.__('if') : between} <code>{text}</code>{' '}
          </React.Fragment>
        ))}
        {rule.collect && <span className="na-Dim">{collectingWords(rule.collect, trans)}</span>}
      </span>
      <IconButton
        icon={editIcon}
        label={trans.__('Edit the rule %1', rule.name)}
        onClick={onEdit}
      />
      <IconButton
        icon={deleteIcon}
        label={trans.__('Delete the rule %1', rule.name)}
        danger
        disabled={busy}
        onClick={() => act(remove)}
      />
    </li>
  );
}

/** What one types: conditions and mappings a line each. */
interface IDraft {
  name: string;
  call: string;
  condition: 'all' | 'any';
  conditions: string;
  mapping: string;
  collect: 'none' | 'debounce' | 'batch';
  seconds: string;
  key: string;
}

function draftOf(rule: IRule | null, trigger: ITrigger): IDraft {
  const collect = rule?.collect ?? null;
  const kind = collect === null ? 'none' : collect.batch !== null ? 'batch' : 'debounce';
  return {
    name: rule?.name ?? '',
    call: rule?.call ?? trigger.call ?? '',
    condition: rule?.condition ?? 'all',
    conditions: (rule?.conditions ?? []).join('\n'),
    mapping: Object.entries(rule?.mapping ?? {})
      .map(([name, text]) => `${name} = ${text}`)
      .join('\n'),
    collect: kind,
    seconds: String(collect?.batch ?? collect?.debounce ?? 30),
    key: collect?.key ?? ''
  };
}

function bodyOf(draft: IDraft, rule: IRule | null): IRuleBody {
  const lines = (text: string): string[] => text.split('\n').filter(line => line.trim());
  const mapping = lines(draft.mapping).map((line): [string, string] => {
    const [name, ...rest] = line.split('=');
    return [name.trim(), rest.join('=').trim()];
  });
  const { max_events, at_most } = rule?.collect ?? {};
  const collect =
    draft.collect === 'none'
      ? null
      : {
          [draft.collect]: Number(draft.seconds) || 30,
          key: draft.key.trim() || null,
          ...(max_events ? { max_events } : {}),
          ...(at_most && draft.collect === 'debounce' ? { at_most } : {})
        };
  return {
    call: draft.call.trim(),
    condition: draft.condition,
    conditions: lines(draft.conditions),
    mapping: Object.fromEntries<string>(mapping),
    collect,
    // What the form does not have stays.
    ...(rule
      ? { enabled: rule.enabled, parameters: rule.parameters, transform: rule.transform }
      : {})
  };
}

function RuleForm(props: {
  trigger: ITrigger;
  rule: IRule | null;
  automation: IAutomation;
  onDone: () => void;
}): JSX.Element {
  const { trigger, rule, automation, onDone } = props;
  const { trans, client } = automation;
  const [draft, setDraft] = React.useState(() => draftOf(rule, trigger));
  const [error, setError] = React.useState<string | null>(null);
  const [busy, run] = useBusy();
  const update = (patch: Partial<IDraft>): void => setDraft({ ...draft, ...patch });
  const save = (): void =>
    void run(async () => {
      try {
        await putRule(client, trigger.id, rule?.name ?? draft.name.trim(), bodyOf(draft, rule));
        onDone();
      } catch (reason) {
        setError(messageOf(reason));
      }
    });
  return (
    <form
      className="na-Fields na-Rules-form"
      aria-label={rule ? trans.__('Rule %1', rule.name) : trans.__('New rule')}
      onSubmit={event => {
        event.preventDefault();
        save();
      }}
    >
      {!rule && (
        <TextField
          label={trans.__('Name')}
          value={draft.name}
          required
          onChange={name => update({ name })}
        />
      )}
      <TextField
        label={trans.__('Runs')}
        value={draft.call}
        code
        required
        placeholder="refunds.ipynb"
        help={trans.__('A notebook, a handler in it or a function: refunds.ipynb:refund')}
        onChange={call => update({ call })}
      />
      <AreaField
        label={trans.__('Only if (CEL, a condition in each line)')}
        value={draft.conditions}
        placeholder={'data.json.kind == "refund"'}
        onChange={conditions => update({ conditions })}
      />
      <SelectField
        label={trans.__('Of the conditions')}
        value={draft.condition}
        options={[
          ['all', trans.__('all have to hold')],
          ['any', trans.__('one has to hold')]
        ]}
        onChange={condition => update({ condition })}
      />
      <AreaField
        label={trans.__('Parameters from the event (name = CEL)')}
        value={draft.mapping}
        placeholder="id = data.json.id"
        onChange={mapping => update({ mapping })}
      />
      <SelectField
        label={trans.__('Events that come close together')}
        value={draft.collect}
        options={[
          ['none', trans.__('have a run each')],
          ['debounce', trans.__('have one run, when it is quiet')],
          ['batch', trans.__('have one run, after a time')]
        ]}
        onChange={collect => update({ collect })}
      />
      {draft.collect !== 'none' && (
        <>
          <TextField
            label={trans.__('For so many seconds')}
            type="number"
            min={1}
            value={draft.seconds}
            onChange={seconds => update({ seconds })}
          />
          <TextField
            label={trans.__('Apart by (CEL)')}
            value={draft.key}
            code
            placeholder="data.json.id"
            onChange={key => update({ key })}
          />
        </>
      )}
      {error && <Banner tone="bad">{error}</Banner>}
      <div className="na-Actions">
        <Button submit accept disabled={busy}>
          {trans.__('Save the rule')}
        </Button>
        <Button onClick={onDone}>{trans.__('Cancel')}</Button>
      </div>
    </form>
  );
}
