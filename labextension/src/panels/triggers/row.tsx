/** One trigger's row: its state, its last results, and what can be done with it. */
import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { deleteIcon, editIcon, linkIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ITrigger, callText } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { IconButton, Switch } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { MainCell, Row, Unfold } from '../../parts/rows';
import { Sparkline, StatusChip, statusLabel } from '../../parts/status';
import { Cell } from '../../parts/table';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { TriggerDetail } from './detail';
import { TypeIcon, problemText, summary, typeLabel } from './kind';
import { TriggersModel } from './model';

export function TriggerRow(props: {
  trigger: ITrigger;
  now: number;
  model: TriggersModel;
  automation: IAutomation;
}): JSX.Element {
  const { trigger, now, model, automation } = props;
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const open = model.isOpen(trigger);
  const last = trigger.last_session;
  const toggle = (): void => void attempt(() => model.toggle(trigger));
  const remove = async (): Promise<void> => {
    if (await confirmRemove([trigger], automation)) {
      await attempt(() => model.remove(trigger));
    }
  };
  return (
    <Row
      data={{ trigger: trigger.ref, enabled: trigger.enabled, open }}
      lead={
        <>
          <Select model={model} item={trigger} name={trigger.name} trans={trans} />
          <Unfold open={open} onToggle={toggle} name={trigger.name} trans={trans} />
          <Switch
            checked={trigger.enabled}
            label={
              trigger.enabled
                ? trans.__('Disable %1', trigger.name)
                : trans.__('Enable %1', trigger.name)
            }
            onChange={enabled => void attempt(() => model.enable(trigger, enabled))}
          />
        </>
      }
      beneath={
        open && (
          <TriggerDetail trigger={model.detail ?? trigger} now={now} automation={automation} />
        )
      }
    >
      <Cell className="na-Rows-type">
        <TypeIcon type={trigger.type} label={typeLabel(trigger.type, trans)} />
      </Cell>
      <MainCell
        title={[trigger.ref, summary(trigger, trans), problemText(trigger)]
          .filter(Boolean)
          .join('\n')}
        name={
          <>
            {trigger.title ?? trigger.name}
            {trigger.project && <span className="na-Dim na-Light"> {trigger.project}</span>}
          </>
        }
        more={
          <>
            <span className="na-Dim">{summary(trigger, trans)}</span>
            {trigger.problems.length > 0 && (
              <span className="na-Problem">{trans.__('Cannot run: %1', problemText(trigger))}</span>
            )}
          </>
        }
        onClick={toggle}
      />
      <Cell className="na-Rows-next">
        {trigger.enabled && trigger.next_fire ? <When at={trigger.next_fire} now={now} /> : null}
      </Cell>
      <Cell className="na-Rows-last">
        {last && (
          <button
            type="button"
            className="na-Plain"
            aria-label={trans.__(
              'Open the last session of %1: %2',
              trigger.name,
              statusLabel(last.status, trans)
            )}
            onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: last.id })}
          >
            <StatusChip
              status={last.status}
              trans={trans}
              title={[statusLabel(last.status, trans), last.reason].filter(Boolean).join(': ')}
            />
          </button>
        )}
      </Cell>
      <Cell className="na-Rows-results">
        <Sparkline recent={trigger.recent} trans={trans} />
      </Cell>
      <Cell className="na-Rows-actions">
        {trigger.url && (
          <IconButton
            icon={linkIcon}
            label={trans.__('Copy the URL of %1', trigger.name)}
            onClick={() => {
              Clipboard.copyToSystem(trigger.url!);
              Notification.success(trans.__('URL copied'), { autoClose: 1500 });
            }}
          />
        )}
        <IconButton
          icon={runIcon}
          label={trans.__('Run %1 now', trigger.name)}
          disabled={busy || !callText(trigger)}
          onClick={() =>
            void run(() => commands.execute(CommandIDs.runTrigger, { id: trigger.id }))
          }
        />
        <IconButton
          icon={editIcon}
          label={trans.__('Edit %1', trigger.name)}
          onClick={() =>
            void commands.execute(CommandIDs.open, {
              page: trigger.api_call ? 'task' : 'automate',
              id: trigger.id
            })
          }
        />
        <IconButton
          icon={deleteIcon}
          label={trans.__('Delete %1', trigger.name)}
          danger
          disabled={busy}
          onClick={() => void run(remove)}
        />
      </Cell>
    </Row>
  );
}

/** Ask whether these are to be deleted. */
export async function confirmRemove(
  triggers: readonly ITrigger[],
  { trans }: IAutomation
): Promise<boolean> {
  const [first, ...others] = triggers;
  const urls = triggers.filter(trigger => trigger.url).length;
  const warning = trans._n(
    'Its URL stops working for good; a new trigger gets a new one.',
    '%1 URLs stop working for good; a new trigger gets a new one.',
    urls
  );
  const kept = trans.__('Past sessions and their artifacts stay.');
  const answer = await showDialog({
    title:
      others.length === 0
        ? trans.__('Delete the trigger %1?', first.name)
        : trans.__('Delete %1 triggers?', triggers.length),
    body: urls > 0 ? `${warning} ${kept}` : kept,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
    defaultButton: 0
  });
  return answer.button.accept;
}
