/** What the form "Automate" shows: when, with what, and what the server says of it meanwhile. */
import * as React from 'react';

import { TriggerType } from '../../api/types';
import { Choice, CheckField, SelectField, TextField } from '../../forms/fields';
import { ParameterFields } from '../../forms/parameters';
import { ScheduleFields } from '../../forms/schedule';
import { attempt } from '../../parts/attempt';
import { Banner, Button, Trouble } from '../../parts/controls';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { NextFires } from '../triggers/detail';
import { IBodyProps } from '../widget';
import { Card } from './card';
import { AutomateModel } from './model';

/** What is offered for how long artifacts are kept. */
const KEEPS = ['7 days', '30 days', '90 days', '10 versions'];

export default function AutomateBody({
  model,
  automation
}: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  if (model.saved) {
    return <Card trigger={model.saved} model={model} automation={automation} />;
  }
  return (
    <div className="na-Page na-Automate">
      <header className="na-Page-head">
        <h1>
          {model.edited
            ? trans.__('Edit %1', model.edited.name)
            : model.path
              ? trans.__('Automate %1', model.path.split('/').pop()!)
              : trans.__('Automate a notebook')}
        </h1>
      </header>
      <Trouble model={model} trans={trans} />
      {!model.path && !model.loading && !model.edited && (
        <ChooseNotebook model={model} automation={automation} />
      )}
      {model.inspection && <Form model={model} automation={automation} />}
    </div>
  );
}

function ChooseNotebook({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const [path, setPath] = React.useState('');
  return (
    <form
      className="na-Form"
      onSubmit={event => {
        event.preventDefault();
        void model.setPath(path.trim());
      }}
    >
      <TextField
        label={trans.__('Notebook')}
        value={path}
        placeholder="folder/report.ipynb"
        help={trans.__(
          'Its path from the top of the file browser. Shorter: right-click a notebook there and choose “Automate”.'
        )}
        onChange={setPath}
      />
      <Button submit accept disabled={path.trim() === ''}>
        {trans.__('Continue')}
      </Button>
    </form>
  );
}

function Form({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  const [busy, run] = useBusy();
  const kinds: [TriggerType, string][] = [
    ['schedule', trans.__('On a schedule')],
    ['webhook', trans.__('On a webhook')],
    ['manual', trans.__('By hand')]
  ];
  return (
    <form
      className="na-Form"
      onSubmit={event => {
        event.preventDefault();
        void run(() => attempt(() => model.save()));
      }}
    >
      <div className="na-Fields na-mod-row">
        <TextField
          label={trans.__('Name')}
          value={draft.name}
          required
          onChange={name => model.update({ name })}
        />
        {model.inspection!.handlers.length > 0 && (
          <SelectField
            label={trans.__('Runs')}
            value={draft.handler}
            options={[
              ['', trans.__('The whole notebook')],
              ...model.inspection!.handlers.map(
                name => [name, trans.__('The cell %1', name)] as const
              )
            ]}
            onChange={handler => model.update({ handler })}
          />
        )}
      </div>
      {(!model.edited || kinds.some(([kind]) => kind === model.edited!.type)) && (
        <Choice
          label={trans.__('When')}
          value={draft.kind}
          options={kinds}
          onChange={kind => model.update({ kind })}
        />
      )}
      {draft.kind === 'schedule' && (
        <ScheduleFields
          rhythm={draft.rhythm}
          timezone={draft.timezone}
          error={model.refusal}
          trans={trans}
          onRhythm={patch => model.update({ rhythm: { ...model.draft.rhythm, ...patch } })}
          onTimezone={timezone => model.update({ timezone })}
        />
      )}
      {model.takesEvents && <EventFields model={model} automation={automation} />}
      <Preview model={model} automation={automation} />
      <Parameters model={model} automation={automation} />
      <Keeping model={model} automation={automation} />
      <div className="na-Actions">
        <Button submit accept disabled={busy || !model.canSave}>
          {model.edited ? trans.__('Save') : trans.__('Create')}
        </Button>
      </div>
    </form>
  );
}

function EventFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Only if (CEL)')}
        value={draft.filter}
        code
        placeholder={'data.method == "POST" && data.json.action == "opened"'}
        help={trans.__('May stay empty. It sees data.method, headers, path, query, body and json.')}
        error={draft.filter ? model.refusal : null}
        onChange={filter => model.update({ filter })}
      />
      {draft.kind === 'webhook' && (
        <CheckField
          label={trans.__('The caller waits for the answer')}
          checked={draft.isSync}
          help={trans.__('What the notebook says with na.respond(…) becomes the HTTP response.')}
          onChange={isSync => model.update({ isSync })}
        />
      )}
      {draft.handler !== '' && (
        <CheckField
          label={trans.__('Keep the handler ready')}
          checked={draft.warm}
          help={trans.__(
            'The cells above it have run before an event comes, in a kernel of its own.'
          )}
          onChange={warm => model.update({ warm })}
        />
      )}
    </div>
  );
}

function Preview({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft, preview, refusal } = model;
  const now = useNow(20000);
  const atField =
    draft.kind === 'schedule' && ['cron', 'every', 'once'].includes(draft.rhythm.kind);
  const shown = atField || (model.takesEvents && draft.filter !== '');
  return (
    <div className="na-Preview" aria-live="polite">
      {refusal && !shown && <Banner tone="bad">{refusal}</Banner>}
      {preview?.schedule && <p className="na-Preview-line">{preview.schedule.description}</p>}
      {preview && preview.next_fires.length > 0 && (
        <NextFires trigger={preview} now={now} automation={automation} />
      )}
      {preview?.warnings.map(warning => (
        <Banner key={warning.code + warning.message} tone="warn">
          {warning.message}
        </Banner>
      ))}
      {draft.kind === 'webhook' && !model.edited && (
        <p className="na-Dim">{trans.__('The URL is made when the trigger is created.')}</p>
      )}
    </div>
  );
}

function Parameters({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft, fields } = model;
  if (fields.length === 0) {
    return (
      <p className="na-Dim">
        {trans.__(
          'No parameters: tag a cell “parameters” in the notebook, and its variables become fields here.'
        )}
      </p>
    );
  }
  return (
    <fieldset className="na-Parameters">
      <legend>{trans.__('Parameters')}</legend>
      <ParameterFields
        fields={fields}
        drafts={draft.parameters}
        errors={model.collected.errors}
        onChange={(name, text) =>
          model.update({ parameters: { ...model.draft.parameters, [name]: text } })
        }
        trans={trans}
      />
      {model.takesEvents && <Mapping model={model} automation={automation} />}
    </fieldset>
  );
}

function Mapping({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  return (
    <details className="na-More" open={Object.values(model.draft.mapping).some(Boolean)}>
      <summary>{trans.__('Take parameters from the event')}</summary>
      <div className="na-Fields">
        {model.fields.map(field => (
          <TextField
            key={field.name}
            label={`${field.name} =`}
            value={model.draft.mapping[field.name] ?? ''}
            code
            placeholder={`data.json.${field.name}`}
            onChange={text =>
              model.update({ mapping: { ...model.draft.mapping, [field.name]: text } })
            }
          />
        ))}
      </div>
    </details>
  );
}

function Keeping({
  model,
  automation
}: {
  model: AutomateModel;
  automation: IAutomation;
}): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <details className="na-More">
      <summary>{trans.__('Report, artifacts and limits')}</summary>
      <div className="na-Fields">
        <CheckField
          label={trans.__('Make an HTML report')}
          checked={draft.report}
          onChange={report => model.update({ report })}
        />
        <TextField
          label={trans.__('Keep artifacts')}
          value={draft.keep}
          options={KEEPS}
          placeholder="30 days"
          help={trans.__('Like 30 days, 12 hours or 10 versions')}
          onChange={keep => model.update({ keep })}
        />
        <TextField
          label={trans.__('Time limit (minutes)')}
          type="number"
          min={1}
          value={draft.timeLimit}
          onChange={timeLimit => model.update({ timeLimit })}
        />
        {draft.kind === 'schedule' && (
          <SelectField
            label={trans.__('After a time when nothing ran')}
            value={draft.catchUp}
            options={[
              ['once', trans.__('Run once for all that was missed')],
              ['all', trans.__('Run every one that was missed')],
              ['skip', trans.__('Record what was missed, run nothing')]
            ]}
            onChange={catchUp => model.update({ catchUp })}
          />
        )}
      </div>
    </details>
  );
}
