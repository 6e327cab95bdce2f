/* What waits for an answer, with its form; asks the server itself, so that it works while a cell runs. */

const EVERY = 3000;

export default {
  render({ model, el: host }) {
    const list = new InquiryList(model);
    host.append(list.element);
    list.start();
    return () => list.stop();
  }
};

class InquiryList {
  constructor(model) {
    this.server = serverOf(model);
    this.scope = model.get('scope') || {};
    this.cards = new Map();
    this.timer = null;
    this.isStopped = false;
    this.items = el('div', { class: 'na-Inquiries-items' });
    this.note = el('div', { class: 'na-Inquiries-note', role: 'status' });
    const heading = this.scope.session_id ? 'This session asks' : 'Waiting for you';
    this.element = el(
      'section',
      { class: 'na-Inquiries', 'aria-label': heading },
      el('div', { class: 'na-Inquiries-heading' }, heading),
      this.items,
      this.note
    );
    // Keys typed here are no commands of the notebook.
    this.element.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.element.addEventListener('keydown', event => event.stopPropagation());
  }

  start() {
    void this.look();
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  async look() {
    clearTimeout(this.timer);
    if (!document.hidden) {
      try {
        await this.refresh();
      } catch (error) {
        this.say(error.message);
      }
    }
    if (!this.isStopped) {
      this.timer = setTimeout(() => void this.look(), EVERY);
    }
  }

  async refresh() {
    const query = new URLSearchParams({ status: 'pending', limit: '50' });
    if (this.scope.session_id) {
      query.set('session_id', this.scope.session_id);
    } else {
      query.set('assigned_to', 'me');
    }
    if (this.scope.project_id) {
      query.set('project_id', this.scope.project_id);
    }
    const found = (await this.server.call('GET', `inquiries?${query}`)).items;
    const ids = new Set(found.map(one => one.id));
    for (const one of found) {
      this.show(one);
    }
    // What is not listed any more has ended, or waits for others now: it stays, and says so.
    const gone = [...this.cards.values()].filter(card => !ids.has(card.inquiry.id) && card.isOpen);
    for (const card of gone) {
      card.update(
        await this.server.call('GET', `inquiries/${encodeURIComponent(card.inquiry.id)}`)
      );
    }
    this.say(
      this.cards.size
        ? ''
        : this.scope.session_id
          ? 'It asks nothing now.'
          : 'Nothing waits for you.'
    );
  }

  show(inquiry) {
    const card = this.cards.get(inquiry.id);
    if (card) {
      card.update(inquiry);
      return;
    }
    const made = new Card(inquiry, this.server);
    this.cards.set(inquiry.id, made);
    this.items.append(made.element);
  }

  say(text) {
    if (this.note.textContent !== text) {
      this.note.textContent = text;
    }
  }
}

class Card {
  constructor(inquiry, server) {
    this.server = server;
    this.inquiry = inquiry;
    this.path = `inquiries/${encodeURIComponent(inquiry.id)}`;
    this.prompt = el('div', { class: 'na-Inquiry-prompt' }, inquiry.prompt);
    this.about = el('div', { class: 'na-Inquiry-about' });
    this.stages = el('ul', { class: 'na-Inquiry-stages', 'aria-label': 'Stages' });
    this.state = el('div', { class: 'na-Inquiry-state', role: 'status' });
    this.problem = el('div', { class: 'na-Inquiry-problem', role: 'alert' });
    this.comment = el('textarea', {
      rows: 2,
      'aria-label': 'Comment',
      placeholder: 'Comment (optional)'
    });
    this.form = null;
    this.actions = el('div', { class: 'na-Inquiry-actions' });
    this.editor = this.editorOf(inquiry);
    this.element = el(
      'article',
      { class: 'na-Inquiry', 'aria-label': inquiry.title, 'data-inquiry': inquiry.id },
      this.prompt,
      this.shownOf(inquiry),
      this.about,
      this.stages,
      this.state,
      this.editor,
      this.problem
    );
    this.draw();
    void this.renderPrompt();
  }

  get isOpen() {
    return this.inquiry.status === 'pending';
  }

  update(inquiry) {
    const isNew =
      inquiry.version !== this.inquiry.version || inquiry.may_answer !== this.inquiry.may_answer;
    this.inquiry = inquiry;
    if (isNew) {
      this.draw();
    }
  }

  /** The server makes HTML of the Markdown, and takes out of it all that could act. */
  async renderPrompt() {
    try {
      const { html } = await this.server.call('GET', `${this.path}/prompt`);
      this.prompt.classList.add('na-Inquiry-rendered');
      this.prompt.innerHTML = html;
    } catch (error) {
      // The text as it was written says the same.
    }
  }

  shownOf(inquiry) {
    const things = (inquiry.shown || []).filter(
      one => one.kind !== 'alternative' && one.kind !== 'notebook'
    );
    if (!things.length) {
      return null;
    }
    const items = things.map(one => {
      const url = this.server.url && `${this.server.url}${this.path}/shown/${one.number}`;
      const link = url
        ? el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, one.name)
        : one.name;
      // The link beside it says the name alone: a reader is not to hear the same words twice.
      const alt = `Picture: ${one.name}`;
      const picture = url && one.kind === 'image' ? el('img', { src: url, alt }) : null;
      return el('li', {}, picture, link);
    });
    return el('ul', { class: 'na-Inquiry-shown', 'aria-label': 'Shown' }, ...items);
  }

  draw() {
    const one = this.inquiry;
    const until = one.timeout_at ? `, until ${new Date(one.timeout_at).toLocaleString()}` : '';
    // Only a durable session knows its cell.
    const cell = one.cell_index < 0 ? '' : `, cell ${one.cell_index + 1}`;
    this.about.replaceChildren(
      `${one.project}/${one.notebook}${cell}${until}`,
      ...this.panelLink(),
      ...this.unknownRequester()
    );
    this.stages.replaceChildren(
      ...one.stages.map((stage, number) => el('li', {}, stageText(one, stage, number)))
    );
    this.state.textContent = stateText(one);
    this.element.dataset.status = one.status;
    this.editor.hidden = !(this.isOpen && one.may_answer);
  }

  /** Where no person has started it, that is said. */
  unknownRequester() {
    const note = this.inquiry.requester_note;
    return note ? [el('div', { class: 'na-Inquiry-requester' }, note)] : [];
  }

  /** In JupyterLab the panel shows the notebook so far, and its difference to the last approved run. */
  panelLink() {
    if (!this.server.url) {
      return [];
    }
    const link = el(
      'a',
      {
        href: '#automation',
        'data-commandlinker-command': 'notebook-automation:open',
        'data-commandlinker-args': JSON.stringify({ page: 'inquiry', id: this.inquiry.id })
      },
      'Notebook so far'
    );
    return [' · ', link];
  }

  editorOf(inquiry) {
    const { form, schema } = inquiry;
    const choices = form === 'value' ? choicesOf(schema) : null;
    const parts = [];
    if (form !== 'decision' && !choices) {
      const initial =
        inquiry.standing !== null && inquiry.standing !== undefined
          ? inquiry.standing
          : inquiry.proposed;
      this.form = formOf(schema, initial === null ? undefined : initial);
      parts.push(this.form.element);
    }
    if (form === 'value' && choices) {
      this.actions.append(
        ...choices.map(one => this.button(choiceText(one), () => ({ value: one })))
      );
    } else if (form === 'value') {
      this.actions.append(this.button('Submit', () => ({ value: this.form.value() }), 'na-good'));
    } else {
      const approved = () => ({
        decision: 'approve',
        ...(this.form ? { value: this.form.value() } : {})
      });
      this.actions.append(this.button('Approve', approved, 'na-good'));
      this.actions.append(this.button('Reject', () => ({ decision: 'reject' }), 'na-bad'));
    }
    return el(
      'div',
      { class: 'na-Inquiry-editor', oninput: () => (this.problem.textContent = '') },
      ...parts,
      this.comment,
      this.actions,
      this.more()
    );
  }

  more() {
    const person = el('input', { type: 'text', 'aria-label': 'Person', placeholder: 'Person' });
    const question = el('input', {
      type: 'text',
      'aria-label': 'Question',
      placeholder: 'Question'
    });
    const comment = () => ({ comment: this.comment.value });
    const delegate = () => this.send('delegation', { to: person.value, ...comment() });
    const back = () => this.send('question', { question: question.value });
    return el(
      'details',
      { class: 'na-Inquiry-more' },
      el('summary', {}, 'Delegate, send back'),
      el('div', {}, person, el('button', { type: 'button', onclick: delegate }, 'Delegate')),
      el('div', {}, question, el('button', { type: 'button', onclick: back }, 'Send back'))
    );
  }

  button(text, answer, kind = '') {
    const submit = () => {
      let body;
      try {
        body = answer();
      } catch (error) {
        this.problem.textContent = error.message;
        return;
      }
      void this.send('answers', {
        ...body,
        comment: this.comment.value,
        version: this.inquiry.version
      });
    };
    return el('button', { type: 'button', class: kind, onclick: submit }, text);
  }

  async send(what, body) {
    this.problem.textContent = '';
    const buttons = [...this.editor.querySelectorAll('button')];
    buttons.forEach(one => (one.disabled = true));
    try {
      this.update(await this.server.call('POST', `${this.path}/${what}`, body));
    } catch (error) {
      this.problem.textContent = error.message;
      if (error.status === 409) {
        // Somebody was faster, or something has changed: show how it stands.
        await this.server.call('GET', this.path).then(
          found => this.update(found),
          () => undefined
        );
      }
    } finally {
      buttons.forEach(one => (one.disabled = false));
    }
  }
}

function stageText(inquiry, stage, number) {
  const isNow = inquiry.status === 'pending' && number === inquiry.stage;
  const mark = stage.is_complete ? '✓' : isNow ? '→' : '·';
  const people = stage.of.join(', ') || 'anyone';
  const asked = stage.approvals > 1 ? `${stage.approvals} of ${people}` : people;
  const given = stage.answers.map(answerText).join(', ');
  return `${mark} ${asked}${given ? `: ${given}` : ''}`;
}

function answerText(answer) {
  const who = answer.by === answer.person ? answer.by : `${answer.by} (for ${answer.person})`;
  const what =
    { approve: 'approved', reject: 'rejected' }[answer.decision] ||
    `answered ${choiceText(answer.value)}`;
  return `${who} ${what}${answer.comment ? ` (${answer.comment})` : ''}`;
}

function stateText(inquiry) {
  const response = inquiry.response || {};
  const by = response.by && response.by.length ? ` by ${response.by.join(', ')}` : '';
  if (inquiry.status === 'pending') {
    return inquiry.may_answer ? '' : inquiry.why_not;
  }
  if (inquiry.status === 'timeout') {
    return 'Nobody answered in time.';
  }
  if (inquiry.status === 'cancelled') {
    return `Withdrawn${inquiry.ended_reason ? `: ${inquiry.ended_reason}` : ''}.`;
  }
  if (response.question !== null && response.question !== undefined) {
    return `Sent back${by}: ${response.question}`;
  }
  if (response.approved === null || response.approved === undefined) {
    return `Answered${by}: ${choiceText(response.value)}`;
  }
  return `${response.approved ? 'Approved' : 'Rejected'}${by}.`;
}
