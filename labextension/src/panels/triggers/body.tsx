/** What the triggers page shows: the filter, a row for each trigger, and the open one's details. */
import { addIcon, refreshIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { SelectField } from '../../forms/fields';
import { Button, CopyLine, Empty, IconButton, LoadMore, Trouble } from '../../parts/controls';
import { useChanged, useNow } from '../../parts/hooks';
import { CommandIDs } from '../../tokens';
import { IBodyProps } from '../widget';
import { TriggersModel } from './model';
import { TriggerRow } from './row';

export default function TriggersBody({
  model,
  automation
}: IBodyProps<TriggersModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const now = useNow(20000);
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{trans.__('Triggers')}</h1>
        <Filter model={model} automation={automation} />
      </div>
      <Trouble model={model} trans={trans} />
      {model.items.length > 0 && (
        <ul
          className="na-Rows na-Triggers"
          aria-label={trans.__('Triggers')}
          aria-busy={model.loading}
        >
          {model.items.map(trigger => (
            <TriggerRow
              key={trigger.id}
              trigger={trigger}
              now={now}
              model={model}
              automation={automation}
            />
          ))}
        </ul>
      )}
      {model.items.length === 0 && model.settled && (
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
