/** The sections of the form "Automate": events, preview, parameters, and options of the run. */
import * as React from 'react';

import { TriggerType } from '../../api/triggers';
import { AreaField, CheckField, SelectField, TextField } from '../../forms/fields';
import { ParameterFields } from '../../forms/parameters';
import { Banner } from '../../parts/controls';
import { useNow } from '../../parts/hooks';
import { notifyHelp } from '../notifications/words';
import { durableHelp } from '../sessions/words';
import { NextFires } from '../triggers/detail';
import { whenText } from '../triggers/kind';
import { IBodyProps } from '../widget';
import { DaysOff } from './days-off';
import { AutomateModel } from './model';
import { ReportFields } from './report-fields';
import { signers } from './signing';
import { Tried } from './tried';

/** Suggestions for how long artifacts are kept. */
const RETENTIONS = ['7 days', '30 days', '90 days', '10 versions'];

/** What a filter of a trigger of some type may look like, and what it sees. */
const EXAMPLES: Partial<Record<TriggerType, { filter: string; sees: string; mapping: string }>> = {
  webhook: {
    filter: 'data.method == "POST" && data.json.action == "opened"',
    sees: 'data.method, headers, path, query, body, json',
    mapping: 'data.json'
  },
  session: {
    filter: 'data.session.result.rows > 0',
    sees: 'data.session.id, status, result, parameters, error, duration; data.sessions by name',
    mapping: 'data.session.result'
  },
  artifact: {
    filter: 'data.artifact.size > 0',
    sees: 'data.artifact.name, ref, version, size, sha256, meta, session; data.previous',
    mapping: 'data.artifact'
  },
  file: {
    filter: 'data.size > 0',
    sees: 'data.path, name, folder, suffix, change, size, modified_at, previous',
    mapping: 'data'
  },
  event: { filter: 'data.total > 0', sees: 'data, event_type', mapping: 'data' }
};

export function EventFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  const example = EXAMPLES[draft.kind] ?? EXAMPLES.webhook!;
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Only if (CEL)')}
        value={draft.filter}
        code
        placeholder={example.filter}
        help={trans.__('May stay empty. It sees %1.', example.sees)}
        error={model.refusalOf('filter')}
        onChange={filter => model.update({ filter })}
      />
      <Tried
        filter={draft.filter}
        trigger={model.edited?.id ?? null}
        source={draft.kind === 'webhook' ? 'webhook' : 'emit'}
        automation={automation}
      />
      {draft.kind === 'webhook' && (
        <CheckField
          label={trans.__('The caller waits for the answer')}
          checked={draft.isSync}
          help={trans.__('What the notebook says with na.respond(…) becomes the HTTP response.')}
          onChange={isSync => model.update({ isSync })}
        />
      )}
      {draft.kind === 'webhook' && draft.isSync && (
        <TextField
          label={trans.__('It waits for at most (seconds)')}
          type="number"
          min={1}
          max={3600}
          placeholder="30"
          value={draft.syncTime}
          help={trans.__(
            'Then it gets 504. Between two parts of a streamed answer it waits as long.'
          )}
          error={model.refusalOf('sync_time')}
          onChange={syncTime => model.update({ syncTime })}
        />
      )}
      {draft.kind === 'webhook' && <SignatureFields model={model} automation={automation} />}
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

function SignatureFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { signer, secretName, oldSecretName, secretValue } = model.draft;
  const isSet = (model.edited?.signature?.secrets_live ?? 0) > 0;
  return (
    <>
      <SelectField
        label={trans.__('Takes what is sent by')}
        value={signer}
        options={signers(trans, model.edited?.signature?.preset === 'hmac')}
        onChange={signer => model.update({ signer })}
      />
      {signer !== '' && (
        <TextField
          label={trans.__('Secret that it is checked by')}
          value={secretName}
          code
          placeholder="HOOK_SECRET"
          help={trans.__('Its name, among the secrets of the project')}
          error={model.refusalOf('signature.secret')}
          onChange={secretName => model.update({ secretName })}
        />
      )}
      {signer !== '' && secretName !== '' && (
        <TextField
          label={trans.__('Value of the secret')}
          type="password"
          value={secretValue}
          placeholder={isSet ? trans.__('stays as it is') : undefined}
          help={trans.__('As the sender shows it. It is stored encrypted, and never shown again.')}
          onChange={secretValue => model.update({ secretValue })}
        />
      )}
      {signer !== '' && (secretName !== '' || oldSecretName !== '') && (
        <TextField
          label={trans.__('Older secret that is good as well')}
          value={oldSecretName}
          code
          help={trans.__('While the sender still signs with it; empty it when the change is done.')}
          error={model.refusalOf('signature.old_secret')}
          onChange={oldSecretName => model.update({ oldSecretName })}
        />
      )}
    </>
  );
}

export function Preview({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft, preview } = model;
  // A day and an hour that are chosen have no field that an error of the schedule could stand under.
  const chosen = !['cron', 'every', 'once'].includes(draft.rhythm.kind);
  const refusal = model.generalRefusal ?? (chosen ? model.refusalOf('schedule') : null);
  const now = useNow(20000);
  return (
    <div className="na-Preview" aria-live="polite">
      {refusal && <Banner tone="bad">{refusal}</Banner>}
      {preview && whenText(preview) && <p className="na-Preview-line">{whenText(preview)}</p>}
      {preview && preview.next_fires.length > 0 && (
        <NextFires trigger={preview} now={now} automation={automation} />
      )}
      {preview?.warnings
        .filter(({ code }) => code !== 'secret_missing' || draft.secretValue === '')
        .map(warning => (
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

export function Parameters({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
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
        errors={model.parameterErrors}
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
    <More
      title={trans.__('Take parameters from the event')}
      open={Object.values(model.draft.mapping).some(Boolean)}
    >
      <div className="na-Fields">
        {model.fields.map(field => (
          <TextField
            key={field.name}
            label={`${field.name} =`}
            value={model.draft.mapping[field.name] ?? ''}
            code
            placeholder={`${(EXAMPLES[model.draft.kind] ?? EXAMPLES.webhook!).mapping}.${field.name}`}
            error={model.refusalOf(`mapping.${field.name}`)}
            onChange={text =>
              model.update({ mapping: { ...model.draft.mapping, [field.name]: text } })
            }
          />
        ))}
      </div>
    </More>
  );
}

/** Fields that are folded away until somebody opens them, or there is something to see in them; then they stay open. */
function More(props: { title: string; open: boolean; children: React.ReactNode }): JSX.Element {
  const [opened, setOpened] = React.useState(false);
  return (
    <details
      className="na-More"
      open={opened || props.open}
      onToggle={event => setOpened(event.currentTarget.open)}
    >
      <summary>{props.title}</summary>
      {props.children}
    </details>
  );
}

const LIMITS = ['1', '3', '100/hour', '1, else cancel', '1, else cancel running'];
const LIMIT_FIELDS = [
  'keep',
  'tags',
  'skip_tags',
  'time_limit',
  'policy',
  'priority',
  'notify',
  'retry.max_attempts',
  'retry.base_delay'
] as const;

function NotifyFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { notifies, notify } = model.draft;
  return (
    <>
      <SelectField
        label={trans.__('Who hears of it')}
        value={notifies}
        options={[
          ['project', trans.__('As the project says')],
          ['here', trans.__('As said here')],
          ['nobody', trans.__('Nobody')]
        ]}
        onChange={notifies => model.update({ notifies })}
      />
      {notifies === 'here' && (
        <AreaField
          label={trans.__('Who hears of what')}
          value={notify}
          placeholder={'failed, missed: panel, email:ana@example.org'}
          error={model.refusalOf('notify')}
          help={notifyHelp(trans)}
          onChange={notify => model.update({ notify })}
        />
      )}
    </>
  );
}

export function RunOptions({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <More
      title={trans.__('Report, artifacts, limits, retries and notifications')}
      open={LIMIT_FIELDS.some(field => model.refusalOf(field))}
    >
      <div className="na-Fields">
        <ReportFields model={model} automation={automation} />
        <TextField
          label={trans.__('Keep artifacts')}
          value={draft.keep}
          options={RETENTIONS}
          placeholder="30 days"
          error={model.refusalOf('keep')}
          help={trans.__('Like 30 days, 12 hours or 10 versions')}
          onChange={keep => model.update({ keep })}
        />
        <TextField
          label={trans.__('Tags')}
          value={draft.tags}
          placeholder="finance nightly"
          error={model.refusalOf('tags')}
          help={trans.__('Words by which it and its sessions are found')}
          onChange={tags => model.update({ tags })}
        />
        <TextField
          label={trans.__('Leave out cells tagged')}
          value={draft.skipTags}
          placeholder="slow plots"
          error={model.refusalOf('skip_tags')}
          help={trans.__('Cells with one of these tags are not run')}
          onChange={skipTags => model.update({ skipTags })}
        />
        <TextField
          label={trans.__('Time limit (minutes)')}
          type="number"
          min={1}
          error={model.refusalOf('time_limit')}
          value={draft.timeLimit}
          onChange={timeLimit => model.update({ timeLimit })}
        />
        <TextField
          label={trans.__('At most so many runs')}
          value={draft.atMost}
          options={LIMITS}
          placeholder={trans.__('any number')}
          error={model.refusalOf('policy')}
          help={trans.__(
            'Like 3 (at once), 100/hour or 1 by region; the others wait, or: 1, else cancel; 1, else cancel running'
          )}
          onChange={atMost => model.update({ atMost })}
        />
        <TextField
          label={trans.__('Priority')}
          type="number"
          min={0}
          max={100}
          placeholder="0"
          error={model.refusalOf('priority')}
          help={trans.__('Each step lets it overtake what came up to a minute earlier')}
          value={draft.priority}
          onChange={priority => model.update({ priority })}
        />
        <TextField
          label={trans.__('Retries')}
          type="number"
          min={0}
          max={99}
          placeholder="0"
          error={model.refusalOf('retry.max_attempts')}
          help={trans.__('How often it is tried again after it failed or took too long')}
          value={draft.retries}
          onChange={retries => model.update({ retries })}
        />
        {Number(draft.retries) > 0 && (
          <TextField
            label={trans.__('First wait (minutes)')}
            type="number"
            min={1}
            placeholder="1"
            error={model.refusalOf('retry.base_delay')}
            help={trans.__('Before the first retry; each later wait is longer')}
            value={draft.retryDelay}
            onChange={retryDelay => model.update({ retryDelay })}
          />
        )}
        <NotifyFields model={model} automation={automation} />
        <CheckField
          label={trans.__('Durable')}
          checked={draft.durable}
          help={durableHelp(trans)}
          onChange={durable => model.update({ durable })}
        />
        {draft.kind === 'schedule' && <DaysOff model={model} automation={automation} />}
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
    </More>
  );
}
