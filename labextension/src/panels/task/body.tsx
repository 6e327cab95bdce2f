/** What the form that calls an API shows: the request, when it is sent, and how often it is tried. */
import * as React from 'react';

import { AreaField, Choice, SelectField, TextField } from '../../forms/fields';
import { ScheduleFields } from '../../forms/schedule';
import { attempt } from '../../parts/attempt';
import { Banner, Button, Trouble } from '../../parts/controls';
import { useBusy, useChanged } from '../../parts/hooks';
import { CommandIDs } from '../../tokens';
import { whenText } from '../triggers/kind';
import { IBodyProps } from '../widget';
import { IDraft, METHODS, draftErrors } from './draft';
import { TaskModel } from './model';

export default function TaskBody({ model, automation }: IBodyProps<TaskModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  return (
    <div className="na-Page na-Automate">
      <div className="na-Page-head">
        <h1>{model.edited ? trans.__('Edit %1', model.draft.name) : trans.__('Call an API')}</h1>
      </div>
      <Trouble model={model} trans={trans} />
      {model.ready && <Form model={model} automation={automation} />}
    </div>
  );
}

function Form({ model, automation }: IBodyProps<TaskModel>): JSX.Element {
  const { trans, commands } = automation;
  const { draft } = model;
  const [busy, run] = useBusy();
  const errors = draftErrors(draft, {
    header: trans.__('Each line is a header: Name: value'),
    json: trans.__('This is no JSON object, such as {"region": "emea"}')
  });
  const save = async (): Promise<void> => {
    const { id } = await model.save();
    await commands.execute(CommandIDs.open, { page: 'triggers', id });
  };
  const complete = draft.name.trim() !== '' && draft.url.trim() !== '';
  return (
    <form
      className="na-Form"
      onSubmit={event => {
        event.preventDefault();
        void run(() => attempt(save));
      }}
    >
      <div className="na-Fields na-mod-row">
        <TextField
          label={trans.__('Name')}
          value={draft.name}
          placeholder={trans.__('Daily report')}
          required
          error={model.refusalOf('name')}
          onChange={name => model.update({ name })}
        />
        {!model.edited && (
          <SelectField
            label={trans.__('Project')}
            value={draft.project}
            options={[
              ['', trans.__('That of the top folder')],
              ...model.projects.map(({ name }) => [name, name] as const)
            ]}
            help={trans.__('Whose variables and secrets it may use')}
            onChange={project => model.update({ project })}
          />
        )}
      </div>
      <RequestFields model={model} automation={automation} errors={errors} />
      <WhenFields model={model} automation={automation} />
      <div className="na-Fields na-mod-row">
        <TextField
          label={trans.__('Retries')}
          type="number"
          min={0}
          value={draft.retries}
          help={trans.__('All tries carry the same Idempotency-Key')}
          onChange={retries => model.update({ retries })}
        />
        <TextField
          label={trans.__('First wait (minutes)')}
          type="number"
          min={0}
          value={draft.retryDelay}
          onChange={retryDelay => model.update({ retryDelay })}
        />
      </div>
      {model.refusal && <Banner tone="bad">{model.refusal}</Banner>}
      {model.edited?.problems.map(problem => (
        <Banner key={problem.message} tone="warn">
          {problem.message}
        </Banner>
      ))}
      <div className="na-Actions">
        <Button submit accept disabled={busy || !complete || Object.keys(errors).length > 0}>
          {model.edited ? trans.__('Save') : trans.__('Create')}
        </Button>
      </div>
    </form>
  );
}

function RequestFields(
  props: IBodyProps<TaskModel> & { errors: ReturnType<typeof draftErrors> }
): JSX.Element {
  const { model, errors } = props;
  const { trans } = props.automation;
  const { draft } = model;
  const types: [IDraft['type'], string][] = [
    ['api_call', trans.__('Call an API')],
    ['webhook', trans.__('Tell a webhook what happened')]
  ];
  const bare = draft.method === 'GET' || draft.method === 'HEAD';
  return (
    <>
      <Choice
        label={trans.__('What')}
        value={draft.type}
        options={types}
        onChange={type =>
          model.update({ type, method: type === 'webhook' ? 'POST' : draft.method })
        }
      />
      <TextField
        label="URL"
        value={draft.url}
        code
        required
        placeholder="https://api.example.com/report"
        error={model.refusalOf('url')}
        onChange={url => model.update({ url })}
      />
      <div className="na-Fields na-mod-row">
        <SelectField
          label={trans.__('Method')}
          value={draft.method}
          options={METHODS.map(method => [method, method] as const)}
          onChange={method => model.update({ method })}
        />
        <TextField
          label={trans.__('Time limit (seconds)')}
          type="number"
          min={1}
          max={300}
          value={draft.timeout}
          error={model.refusalOf('timeout')}
          onChange={timeout => model.update({ timeout })}
        />
      </div>
      <AreaField
        label={trans.__('Headers')}
        value={draft.headers}
        placeholder="Authorization: Bearer {{secret:API_TOKEN}}"
        help={trans.__(
          'A line for each. %1 and %2 are variables of the project, %3 is a parameter; also in the URL and in the body.',
          '{{secret:NAME}}',
          '{{var:NAME}}',
          '{{param:NAME}}'
        )}
        error={errors.headers ?? model.refusalOf('headers')}
        onChange={headers => model.update({ headers })}
      />
      {!bare && (
        <AreaField
          label={trans.__('Body')}
          value={draft.body}
          placeholder='{"region": "{{param:region}}"}'
          help={
            draft.type === 'webhook'
              ? trans.__('JSON, or a text. Empty: what happened, as JSON.')
              : trans.__('JSON, or a text that is sent as it is')
          }
          error={model.refusalOf('body')}
          onChange={body => model.update({ body })}
        />
      )}
      <AreaField
        label={trans.__('Parameters')}
        value={draft.parameters}
        placeholder='{"region": "emea"}'
        help={trans.__('A JSON object: what %1 stands for', '{{param:NAME}}')}
        error={errors.parameters}
        onChange={parameters => model.update({ parameters })}
      />
    </>
  );
}

function WhenFields({ model, automation }: IBodyProps<TaskModel>): JSX.Element {
  const { trans } = automation;
  const { draft, edited } = model;
  if (draft.when === 'other') {
    return (
      <p className="na-Dim">
        {trans.__('When: %1', (edited && whenText(edited)) || (edited?.type ?? ''))}
      </p>
    );
  }
  const kinds: [IDraft['when'], string][] = [
    ['schedule', trans.__('On a schedule')],
    ['manual', trans.__('By hand')]
  ];
  return (
    <>
      <Choice
        label={trans.__('When')}
        value={draft.when}
        options={kinds}
        onChange={when => model.update({ when })}
      />
      {draft.when === 'schedule' && (
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
    </>
  );
}
