/** The form of one rule. */
import * as React from 'react';

import { messageOf } from '../../api/request';
import { IRule, putRule } from '../../api/rules';
import { ITrigger } from '../../api/triggers';
import { CollectingFields } from '../../forms/collecting-fields';
import { AreaField, SelectField, TextField } from '../../forms/fields';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { Tried } from '../../parts/tried';
import { IAutomation } from '../../tokens';
import { IRuleDraft, bodyOf, draftOf, filterOf } from './rule-draft';

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
      <Tried
        filter={filterOf(draft)}
        trigger={trigger.id}
        source="webhook"
        automation={automation}
      />
      <AreaField
        label={trans.__('Parameters (name = value)')}
        value={draft.parameters}
        placeholder="region = emea"
        help={trans.__('The same for each event: a text, or JSON such as 3 or ["a", "b"]')}
        onChange={parameters => update({ parameters })}
      />
      <AreaField
        label={trans.__('Parameters from the event (name = CEL)')}
        value={draft.mapping}
        placeholder="id = data.json.id"
        onChange={mapping => update({ mapping })}
      />
      <TextField
        label={trans.__('The event as they see it (CEL)')}
        value={draft.transform}
        code
        placeholder="data.json.order"
        help={trans.__('Its value takes the place of data in the lines above; may stay empty')}
        onChange={transform => update({ transform })}
      />
      <CollectingFields draft={draft} example="data.json.id" onChange={update} trans={trans} />
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
