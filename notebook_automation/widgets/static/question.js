/* The form of `na.form`: what is submitted goes to the server, where the cell that waits for it looks. */

export default {
  render({ model, el: host }) {
    const asked = new AskedForm(model);
    host.append(asked.element);
    return () => asked.stop();
  }
};

class AskedForm {
  constructor(model) {
    this.model = model;
    this.server = serverOf(model);
    this.problem = el('div', { class: 'na-Inquiry-problem', role: 'alert' });
    this.state = el('div', { class: 'na-Inquiry-state', role: 'status' });
    const schema = model.get('form_schema');
    const initial = model.get('proposed');
    const choices = choicesOf(schema);
    this.form = choices ? null : formOf(schema, initial === null ? undefined : initial);
    const buttons = choices
      ? choices.map(one => this.button(choiceText(one), () => one))
      : [this.button('Submit', () => this.form.value(), 'na-good')];
    this.editor = el(
      'div',
      { class: 'na-Inquiry-editor', oninput: () => (this.problem.textContent = '') },
      this.form && this.form.element,
      el('div', { class: 'na-Inquiry-actions' }, ...buttons)
    );
    this.element = el(
      'section',
      {
        class: 'na-Inquiries',
        'aria-label': model.get('prompt') || 'Form',
        'data-lm-suppress-shortcuts': 'true'
      },
      el('div', { class: 'na-Inquiry-prompt' }, model.get('prompt')),
      this.editor,
      this.state,
      this.problem
    );
    this.element.addEventListener('keydown', event => event.stopPropagation());
    this.onState = () => this.draw();
    model.on('change:state', this.onState);
    this.draw();
  }

  stop() {
    this.model.off('change:state', this.onState);
  }

  draw() {
    const state = this.model.get('state');
    this.editor.hidden = state !== 'open';
    this.state.textContent =
      { submitted: 'Submitted.', closed: 'The cell does not wait for this any more.' }[state] || '';
  }

  button(text, value, kind = '') {
    return el(
      'button',
      { type: 'button', class: kind, onclick: () => void this.submit(value) },
      text
    );
  }

  async submit(value) {
    this.problem.textContent = '';
    try {
      const path = `forms/${encodeURIComponent(this.model.get('form_id'))}`;
      await this.server.call('PUT', path, { value: value() });
      this.editor.hidden = true;
      this.state.textContent = 'Submitted.';
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }
}
