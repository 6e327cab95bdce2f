/** The form that sets a policy of a project. */
import * as React from 'react';

import { messageOf } from '../../api/request';
import { TextField } from '../../forms/fields';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IBodyProps } from '../widget';
import { PoliciesModel } from './model';

/** What the form holds. */
export interface IPolicyDraft {
  name: string;
  limit: string;
  /** A file or a handler; '' for all sessions of the project. */
  call: string;
}

export const NEW_POLICY: IPolicyDraft = { name: '', limit: '', call: '' };

const LIMITS = ['1', '3', '100/hour', '1 by region', '1, else cancel', '1, else cancel running'];

export function PolicyForm(
  props: IBodyProps<PoliciesModel> & {
    draft: IPolicyDraft;
    onDraft: (draft: IPolicyDraft) => void;
  }
): JSX.Element {
  const { model, automation, draft, onDraft } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const [refusal, setRefusal] = React.useState<string | null>(null);
  const [name, limit, call] = [draft.name.trim(), draft.limit.trim(), draft.call.trim()];
  const stored = model.policies.some(one => one.name === name);
  const change = (patch: Partial<IPolicyDraft>): void => {
    setRefusal(null);
    onDraft({ ...draft, ...patch });
  };
  const save = async (): Promise<void> => {
    try {
      await model.set(name, limit, call);
      onDraft(NEW_POLICY);
    } catch (error) {
      setRefusal(messageOf(error));
    }
  };
  return (
    <form
      className="na-Form"
      aria-label={trans.__('Set a policy')}
      onSubmit={event => {
        event.preventDefault();
        void run(save);
      }}
    >
      <div className="na-Fields na-mod-row">
        <TextField
          label={trans.__('Name')}
          value={draft.name}
          placeholder="calm"
          onChange={name => change({ name })}
        />
        <TextField
          label={trans.__('At most so many runs')}
          value={draft.limit}
          options={LIMITS}
          placeholder="3"
          error={refusal}
          help={trans.__('Like 3 (at once), 100/hour or 1 by region; or: 1, else cancel')}
          onChange={limit => change({ limit })}
        />
        <TextField
          label={trans.__('Of')}
          value={draft.call}
          code
          placeholder="report.ipynb"
          help={trans.__('A file, or a handler in it; empty for all of the project')}
          onChange={call => change({ call })}
        />
      </div>
      <div className="na-Actions">
        <Button submit accept disabled={busy || name === '' || limit === ''}>
          {stored ? trans.__('Set anew') : trans.__('Set')}
        </Button>
      </div>
    </form>
  );
}
