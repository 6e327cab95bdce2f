/** What the form "Automate" shows: when it runs, with which parameters, and the server's preview. */
import { folderIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { TriggerType } from '../../api/triggers';
import { Choice, SelectField, TextField } from '../../forms/fields';
import { ScheduleFields } from '../../forms/schedule';
import { attempt } from '../../parts/attempt';
import { Button, Trouble } from '../../parts/controls';
import { useBusy, useChanged } from '../../parts/hooks';
import { CommandIDs } from '../../tokens';
import { IBodyProps } from '../widget';
import { AfterFields } from './after';
import { ArtifactFields } from './artifact';
import { FileFields } from './files';
import { Card } from './card';
import { EventFields } from './events';
import { AutomateModel } from './model';
import { RunOptions } from './options';
import { Parameters } from './parameters';
import { Preview } from './preview';

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
      <div className="na-Page-head">
        <h1>
          {model.edited
            ? trans.__('Edit %1', model.edited.name)
            : model.path
              ? trans.__('Automate %1', model.path.split('/').pop()!)
              : trans.__('Automate a notebook')}
        </h1>
      </div>
      <Trouble model={model} trans={trans} />
      {!model.inspection && !model.loading && !model.edited && (
        <ChooseNotebook model={model} automation={automation} />
      )}
      {model.inspection && <Form model={model} automation={automation} />}
    </div>
  );
}

function ChooseNotebook({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  // One that could not be read stays to be corrected.
  const [path, setPath] = React.useState(model.path);
  const browse = async (): Promise<void> => {
    const chosen: unknown = await automation.commands.execute(CommandIDs.chooseNotebook);
    if (typeof chosen === 'string') {
      setPath(chosen);
      await model.setPath(chosen);
    }
  };
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
        error={model.path && path.trim() === model.path ? model.error : null}
        help={trans.__(
          'Its path from the top of the file browser. Shorter: right-click a notebook there and choose “Automate”.'
        )}
        onChange={setPath}
      />
      <div className="na-Actions">
        <Button submit accept disabled={path.trim() === ''}>
          {trans.__('Continue')}
        </Button>
        {automation.commands.isEnabled(CommandIDs.chooseNotebook) && (
          <Button icon={folderIcon} onClick={() => void attempt(browse)}>
            {trans.__('Browse…')}
          </Button>
        )}
      </div>
    </form>
  );
}

function Form({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  const [busy, run] = useBusy();
  const runOnce = async (): Promise<void> => {
    const session = await attempt(() => model.runOnce());
    if (session) {
      void automation.commands.execute(CommandIDs.open, { page: 'session', id: session.id });
    }
  };
  const kinds: [TriggerType, string][] = [
    ['schedule', trans.__('On a schedule')],
    ['webhook', trans.__('On a webhook')],
    ['session', trans.__('After a session')],
    ['file', trans.__('On a file')],
    ['artifact', trans.__('On an artifact')],
    ['event', trans.__('On an event')],
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
          error={model.refusalOf('name')}
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
      {model.event && draft.kind === 'webhook' && (
        <p className="na-Dim">
          {trans.__(
            'Made from an event (%1): its filter and the parameters that are taken from it are proposed. Its sender has to be told the URL of this trigger.',
            model.event.inbox_source ?? model.event.trigger ?? model.event.type
          )}
        </p>
      )}
      {draft.kind === 'schedule' && (
        <ScheduleFields
          rhythm={draft.rhythm}
          timezone={draft.timezone}
          error={model.refusalOf('schedule')}
          zoneError={model.refusalOf('timezone')}
          trans={trans}
          onRhythm={patch => model.update({ rhythm: { ...model.draft.rhythm, ...patch } })}
          onTimezone={timezone => model.update({ timezone })}
        />
      )}
      {draft.kind === 'session' && <AfterFields model={model} automation={automation} />}
      {draft.kind === 'file' && <FileFields model={model} automation={automation} />}
      {draft.kind === 'artifact' && <ArtifactFields model={model} automation={automation} />}
      {draft.kind === 'event' && (
        <TextField
          label={trans.__('Name of the event')}
          value={draft.eventType}
          placeholder="order_paid"
          help={trans.__('As a notebook of this project emits it: na.emit(name, data)')}
          error={model.refusalOf('event_type')}
          onChange={eventType => model.update({ eventType })}
        />
      )}
      {model.takesEvents && <EventFields model={model} automation={automation} />}
      <Preview model={model} automation={automation} />
      <Parameters model={model} automation={automation} />
      <RunOptions model={model} automation={automation} />
      <div className="na-Actions">
        <Button submit accept disabled={busy || !model.canSave}>
          {model.edited ? trans.__('Save') : trans.__('Create')}
        </Button>
        <Button
          icon={runIcon}
          disabled={busy || Object.keys(model.collected.errors).length > 0}
          title={trans.__('Run the notebook once with these parameters; nothing is registered')}
          onClick={() => void run(runOnce)}
        >
          {trans.__('Run once')}
        </Button>
      </div>
    </form>
  );
}
