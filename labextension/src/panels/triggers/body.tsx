/** What the triggers page shows: the filter, a row for each trigger, and the open one's details. */
import {
  addIcon,
  caretDownIcon,
  caretRightIcon,
  deleteIcon,
  editIcon,
  linkIcon,
  refreshIcon,
  runIcon,
  searchIcon
} from '@jupyterlab/ui-components';
import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { ITrigger } from '../../api/types';
import { SelectField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import {
  Button,
  CopyLine,
  Empty,
  IconButton,
  LoadMore,
  Switch,
  Trouble
} from '../../parts/controls';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { Sparkline, StatusChip } from '../../parts/status';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBodyProps } from '../widget';
import { TriggerDetail } from './detail';
import { TypeIcon, summary, typeLabel } from './kind';
import { TriggersModel } from './model';

export default function TriggersBody({
  model,
  automation
}: IBodyProps<TriggersModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const now = useNow(20000);
  return (
    <div className="na-Page">
      <header className="na-Page-head">
        <h1>{trans.__('Triggers')}</h1>
        <Filter model={model} automation={automation} />
      </header>
      <Trouble model={model} trans={trans} />
      {model.items.length > 0 && (
        <ul
          className="na-Rows na-Triggers"
          aria-label={trans.__('Triggers')}
          aria-busy={model.loading}
        >
          {model.items.map(trigger => (
            <Row
              key={trigger.id}
              trigger={trigger}
              now={now}
              model={model}
              automation={automation}
            />
          ))}
        </ul>
      )}
      {model.items.length === 0 && !model.pristine && !model.loading && (
        <NoTriggers model={model} automation={automation} />
      )}
      <LoadMore
        more={model.more}
        loading={model.loadingMore}
        onClick={() => void model.loadMore()}
        trans={trans}
      />
    </div>
  );
}

function Filter({ model, automation }: IBodyProps<TriggersModel>): JSX.Element {
  const { trans, commands } = automation;
  const { filter } = model;
  return (
    <div className="na-Filter" role="search" aria-label={trans.__('Filter triggers')}>
      <label className="na-Search">
        <searchIcon.react tag="span" />
        <input
          type="search"
          className="na-Input"
          placeholder={trans.__('Search by name')}
          aria-label={trans.__('Search triggers')}
          value={filter.q}
          onChange={event => void model.setFilter({ q: event.target.value })}
        />
      </label>
      <SelectField
        label={trans.__('Type')}
        value={filter.type}
        options={[
          ['', trans.__('All')],
          ['schedule', trans.__('Schedule')],
          ['webhook', trans.__('Webhook')],
          ['event', trans.__('Event')],
          ['manual', trans.__('By hand')]
        ]}
        onChange={type => void model.setFilter({ type })}
      />
      <SelectField
        label={trans.__('State')}
        value={filter.enabled}
        options={[
          ['', trans.__('All')],
          ['true', trans.__('Enabled')],
          ['false', trans.__('Disabled')]
        ]}
        onChange={enabled => void model.setFilter({ enabled })}
      />
      <IconButton
        icon={refreshIcon}
        label={trans.__('Refresh')}
        onClick={() => void model.refresh()}
      />
      <Button icon={addIcon} onClick={() => void commands.execute(CommandIDs.automate)}>
        {trans.__('Automate a notebook')}
      </Button>
    </div>
  );
}

function Row(props: {
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
  return (
    <li data-trigger={trigger.ref} data-enabled={trigger.enabled} data-open={open}>
      <div className="na-Rows-line">
        <IconButton
          icon={open ? caretDownIcon : caretRightIcon}
          label={open ? trans.__('Hide details') : trans.__('Show details')}
          expanded={open}
          onClick={() => void attempt(() => model.toggle(trigger))}
        />
        <Switch
          checked={trigger.enabled}
          label={
            trigger.enabled
              ? trans.__('Disable %1', trigger.name)
              : trans.__('Enable %1', trigger.name)
          }
          onChange={enabled => void attempt(() => model.enable(trigger, enabled))}
        />
        <TypeIcon type={trigger.type} label={typeLabel(trigger.type, trans)} />
        <button
          type="button"
          className="na-Rows-main"
          onClick={() => void attempt(() => model.toggle(trigger))}
        >
          <strong>
            {trigger.name}
            {trigger.project && <span className="na-Dim na-Light"> {trigger.project}</span>}
          </strong>
          <span className="na-Dim">{summary(trigger, trans)}</span>
        </button>
        <span className="na-Rows-next">
          {trigger.enabled && trigger.next_fire ? (
            <>
              <span className="na-Dim">{trans.__('Next')}</span>{' '}
              <When at={trigger.next_fire} now={now} />
            </>
          ) : null}
        </span>
        <span className="na-Rows-last">
          {last && (
            <button
              type="button"
              className="na-Plain"
              aria-label={trans.__('Open the last session of %1', trigger.name)}
              onClick={() =>
                void commands.execute(CommandIDs.open, { page: 'session', id: last.id })
              }
            >
              <StatusChip status={last.status} trans={trans} title={last.reason} />
            </button>
          )}
        </span>
        <Sparkline recent={trigger.recent} trans={trans} />
        <span className="na-Rows-actions">
          <IconButton
            icon={runIcon}
            label={trans.__('Run %1 now', trigger.name)}
            disabled={busy || !trigger.call}
            onClick={() =>
              void run(() => commands.execute(CommandIDs.runTrigger, { id: trigger.id }))
            }
          />
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
            icon={editIcon}
            label={trans.__('Edit %1', trigger.name)}
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'automate', id: trigger.id })
            }
          />
          <IconButton
            icon={deleteIcon}
            label={trans.__('Delete %1', trigger.name)}
            danger
            disabled={busy}
            onClick={() => void run(() => confirmRemove(trigger, model, automation))}
          />
        </span>
      </div>
      {open && (
        <TriggerDetail trigger={model.detail ?? trigger} now={now} automation={automation} />
      )}
    </li>
  );
}

async function confirmRemove(
  trigger: ITrigger,
  model: TriggersModel,
  { trans }: IAutomation
): Promise<void> {
  const kept = trans.__('Its past sessions and their artifacts stay.');
  const body = trigger.url
    ? `${trans.__('Its URL stops working for good; a new trigger gets a new one.')} ${kept}`
    : kept;
  const answer = await showDialog({
    title: trans.__('Delete the trigger %1?', trigger.name),
    body,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
    defaultButton: 0
  });
  if (answer.button.accept) {
    await attempt(() => model.remove(trigger));
  }
}

function NoTriggers({ model, automation }: IBodyProps<TriggersModel>): JSX.Element {
  const { trans, commands } = automation;
  if (model.filtered) {
    return <Empty title={trans.__('No trigger matches this filter.')} />;
  }
  return (
    <Empty title={trans.__('No triggers yet')}>
      <p>{trans.__('A trigger runs a notebook. Register one in a cell of that notebook:')}</p>
      <CopyLine text="%load_ext notebook_automation" label={trans.__('first line')} trans={trans} />
      <CopyLine
        text='%trigger nightly --cron "0 6 * * *"'
        label={trans.__('schedule')}
        trans={trans}
      />
      <CopyLine text="%trigger on_post --webhook" label={trans.__('webhook')} trans={trans} />
      <p>{trans.__('Or fill in a form; nothing is written into the notebook:')}</p>
      <Button accept onClick={() => void commands.execute(CommandIDs.automate)}>
        {trans.__('Automate a notebook')}
      </Button>
    </Empty>
  );
}
