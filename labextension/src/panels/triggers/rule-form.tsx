/** The form of one rule. */
import * as React from 'react';

import { messageOf } from '../../api/request';
import { IRule, putRule } from '../../api/rules';
import { ITrigger } from '../../api/triggers';
import { AreaField, SelectField, TextField } from '../../forms/fields';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { IRuleDraft, bodyOf, draftOf } from './rule-draft';

export function RuleForm(props: {
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
  const update = (patch: Partial<IRuleDraft>): void => setDraft({ ...draft, ...patch });
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
