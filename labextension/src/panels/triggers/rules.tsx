/** The rules of a trigger: what it runs beside its own call; added, edited, switched on and off, deleted. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ICollecting, IRule, changeRule, deleteRule } from '../../api/rules';
import { ITrigger } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { Button, IconButton, Switch } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import { duration } from '../../parts/times';
import { IAutomation } from '../../tokens';
import { RuleForm } from './rule-form';

/** How events are collected for one run. */
export function collectingWords(collect: ICollecting, trans: TranslationBundle): string {
  const { batch, debounce, key } = collect;
  const words =
    batch !== null
      ? trans.__('all events of %1 in one run', duration(batch))
      : trans.__('one run once no event has come for %1', duration(debounce ?? 0));
  return key ? trans.__('%1, apart by %2', words, key) : words;
}

export function Rules(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element {
  const { trigger, automation } = props;
  const { trans } = automation;
  // The name of the rule that is edited; empty for a new one.
  const [edited, setEdited] = React.useState<string | null>(null);
  const close = (): void => setEdited(null);
  return (
    <section className="na-Rules" aria-label={trans.__('Rules')}>
      {trigger.rules.length > 0 && <h2>{trans.__('Rules')}</h2>}
      <ul>
        {trigger.rules.map(rule =>
          rule.name === edited ? (
            <li key={rule.name}>
              <RuleForm {...props} rule={rule} onDone={close} />
            </li>
          ) : (
            <Rule key={rule.name} {...props} rule={rule} onEdit={() => setEdited(rule.name)} />
          )
        )}
      </ul>
      {edited === '' ? (
        <RuleForm {...props} rule={null} onDone={close} />
      ) : (
        <Button onClick={() => setEdited('')}>{trans.__('Add a rule')}</Button>
      )}
    </section>
  );
}

function Rule(props: {
  trigger: ITrigger;
  rule: IRule;
  automation: IAutomation;
  onEdit: () => void;
}): JSX.Element {
  const { trigger, rule, automation, onEdit } = props;
  const { trans, client } = automation;
  const [busy, run] = useBusy();
  const act = (action: () => Promise<unknown>): void => void run(() => attempt(action));
  const remove = async (): Promise<void> => {
    const { button } = await showDialog({
      title: trans.__('Delete the rule %1?', rule.name),
      body: trans.__('What it made stays.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
    });
    if (button.accept) {
      await deleteRule(client, trigger.id, rule.name);
    }
  };
  const between = rule.condition === 'any' ? trans.__('or') : trans.__('and');
  return (
    <li data-rule={rule.name}>
      <Switch
        checked={rule.enabled}
        label={trans.__('Rule %1', rule.name)}
        disabled={busy}
        onChange={enabled => act(() => changeRule(client, trigger.id, rule.name, { enabled }))}
      />
      <span className="na-Rules-text">
        <strong>{rule.name}</strong> <code>{rule.call}</code>{' '}
        {rule.conditions.map((text, index) => (
          <React.Fragment key={index}>
            {index === 0 ? trans.__('if') : between} <code>{text}</code>{' '}
          </React.Fragment>
        ))}
        {rule.collect && <span className="na-Dim">{collectingWords(rule.collect, trans)}</span>}
      </span>
      <IconButton
        icon={editIcon}
        label={trans.__('Edit the rule %1', rule.name)}
        onClick={onEdit}
      />
      <IconButton
        icon={deleteIcon}
        label={trans.__('Delete the rule %1', rule.name)}
        danger
        disabled={busy}
        onClick={() => act(remove)}
      />
    </li>
  );
}
