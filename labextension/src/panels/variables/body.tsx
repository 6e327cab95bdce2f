/** What the page of variables shows: a project's variables and secrets, and a form that sets one. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IVariable } from '../../api/projects';
import { messageOf } from '../../api/request';
import { CheckField, SelectField, TextField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Button, Empty, IconButton, Trouble } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useBusy, useChanged } from '../../parts/hooks';
import { IBodyProps } from '../widget';
import { VariablesModel } from './model';

/** What the form holds. */
interface IDraft {
  name: string;
  value: string;
  secret: boolean;
  description: string;
}

const NEW: IDraft = { name: '', value: '', secret: false, description: '' };

export default function VariablesBody(props: IBodyProps<VariablesModel>): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  useChanged(model);
  const [draft, setDraft] = React.useState(NEW);
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{trans.__('Variables and secrets')}</h1>
        {model.projects.length > 0 && (
          <SelectField
            label={trans.__('Project')}
            value={model.project}
            options={model.projects.map(({ name }) => [name, name] as const)}
            onChange={project => void model.choose(project)}
          />
        )}
      </div>
      <Trouble model={model} trans={trans} />
      {model.project && <Form {...props} draft={draft} onDraft={setDraft} />}
      {model.variables.length > 0 && (
        <ul className="na-Rows na-Variables" aria-label={trans.__('Variables')}>
          {model.variables.map(variable => (
            <Row
              key={variable.name}
              {...props}
              variable={variable}
              onEdit={() =>
                setDraft({
                  ...variable,
                  value: variable.value ?? '',
                  description: variable.description ?? ''
                })
              }
            />
          ))}
        </ul>
      )}
      {model.settled && model.variables.length === 0 && <NoVariables {...props} />}
    </div>
  );
}

function Form(
  props: IBodyProps<VariablesModel> & { draft: IDraft; onDraft: (draft: IDraft) => void }
): JSX.Element {
  const { model, automation, draft, onDraft } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const [refusal, setRefusal] = React.useState<string | null>(null);
  const change = (patch: Partial<IDraft>): void => {
    setRefusal(null);
    onDraft({ ...draft, ...patch });
  };
  const stored = model.variables.find(({ name }) => name === draft.name.trim());
  // The value of a secret is not shown: left empty, it stays.
  const keeps = stored?.secret === true && draft.secret && draft.value === '';
  const save = async (): Promise<void> => {
    try {
      const value = keeps ? null : draft.value;
      await model.set(draft.name.trim(), value, draft.secret, draft.description);
      onDraft(NEW);
    } catch (error) {
      setRefusal(messageOf(error));
    }
  };
  return (
    <form
      className="na-Form"
      aria-label={trans.__('Set a variable')}
      onSubmit={event => {
        event.preventDefault();
        void run(save);
      }}
    >
      <div className="na-Fields na-mod-row">
        <TextField
          label={trans.__('Name')}
          value={draft.name}
          error={refusal}
          placeholder="API_KEY"
          onChange={name => change({ name })}
        />
        <TextField
          label={trans.__('Value')}
          value={draft.value}
          type={draft.secret ? 'password' : 'text'}
          placeholder={keeps ? trans.__('stays as it is') : undefined}
          onChange={value => change({ value })}
        />
        <TextField
          label={trans.__('Description')}
          value={draft.description}
          onChange={description => change({ description })}
        />
      </div>
      <CheckField
        label={trans.__('Secret')}
        checked={draft.secret}
        help={trans.__(
          'Encrypted, never shown again, given to sessions alone, and masked in all that they produce.'
        )}
        onChange={secret => change({ secret })}
      />
      <div className="na-Actions">
        <Button
          submit
          accept
          disabled={busy || draft.name.trim() === '' || (draft.value === '' && !keeps)}
        >
          {stored ? trans.__('Set anew') : trans.__('Set')}
        </Button>
      </div>
    </form>
  );
}

function Row(
  props: IBodyProps<VariablesModel> & { variable: IVariable; onEdit: () => void }
): JSX.Element {
  const { model, automation, variable, onEdit } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const remove = async (): Promise<void> => {
    const answer = await showDialog({
      title: trans.__('Delete %1?', variable.name),
      body: trans.__('Notebooks that read it by na.var fail from then on.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
      defaultButton: 0
    });
    if (answer.button.accept) {
      await attempt(() => model.remove(variable.name));
    }
  };
  return (
    <li data-variable={variable.name}>
      <div className="na-Rows-line">
        <code>{variable.name}</code>
        <span className="na-Rows-words" title={variable.value ?? ''}>
          {variable.secret ? (
            <span className="na-Dim">{trans.__('secret, not shown')}</span>
          ) : (
            variable.value
          )}
        </span>
        <span className="na-Rows-words na-Dim" title={variable.description ?? ''}>
          {variable.description}
        </span>
        <span className="na-Rows-actions">
          <IconButton
            icon={editIcon}
            label={trans.__('Change %1', variable.name)}
            onClick={onEdit}
          />
          <IconButton
            icon={deleteIcon}
            label={trans.__('Delete %1', variable.name)}
            danger
            disabled={busy}
            onClick={() => void run(remove)}
          />
        </span>
      </div>
    </li>
  );
}

function NoVariables({ model, automation }: IBodyProps<VariablesModel>): JSX.Element {
  const { trans } = automation;
  return (
    <Empty
      title={
        model.project
          ? trans.__('%1 has no variables yet', model.project)
          : trans.__('No project yet')
      }
    >
      <p>
        {model.project
          ? trans.__('What is set here, its notebooks read by na.var("NAME"). Or set it in a cell:')
          : trans.__(
              'A folder becomes a project with its first trigger or variable. Set one in a cell of a notebook in it, and read it by na.var("NAME"):'
            )}
      </p>
      {!model.project && (
        <CopyLine
          text="%load_ext notebook_automation"
          label={trans.__('first line')}
          trans={trans}
        />
      )}
      <CopyLine
        text="%automation variable set REGION emea"
        label={trans.__('variable')}
        trans={trans}
      />
      <CopyLine text="%automation secret set API_KEY" label={trans.__('secret')} trans={trans} />
    </Empty>
  );
}
