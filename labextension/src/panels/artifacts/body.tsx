/** What the artifacts page shows: a filter, and each session's artifacts beneath its name. */
import { refreshIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { SelectField } from '../../forms/fields';
import { Button, CopyLine, Empty, IconButton, LoadMore, Trouble } from '../../parts/controls';
import { useChanged, useNow } from '../../parts/hooks';
import { StatusChip } from '../../parts/status';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBodyProps } from '../widget';
import { ArtifactsModel, IArtifactGroup } from './model';
import { ArtifactRows } from './rows';

export default function ArtifactsBody({
  model,
  automation
}: IBodyProps<ArtifactsModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const now = useNow(20000);
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{trans.__('Artifacts')}</h1>
        <Filter model={model} automation={automation} />
      </div>
      <Trouble model={model} trans={trans} />
      {model.groups.map(group => (
        <Group key={group.session ?? ''} group={group} now={now} automation={automation} />
      ))}
      {model.groups.length === 0 && model.settled && (
        <NoArtifacts model={model} automation={automation} />
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

function Filter({ model, automation }: IBodyProps<ArtifactsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  const offered = model.triggers.includes(filter.trigger) || !filter.trigger;
  const triggers = offered ? model.triggers : [filter.trigger, ...model.triggers];
  return (
    <div className="na-Filter" role="search" aria-label={trans.__('Filter artifacts')}>
      <label className="na-Search">
        <searchIcon.react tag="span" />
        <input
          type="search"
          className="na-Input"
          placeholder={trans.__('Search by name')}
          aria-label={trans.__('Search artifacts')}
          value={filter.name}
          onChange={event => void model.setFilter({ name: event.target.value })}
        />
      </label>
      <SelectField
        label={trans.__('Trigger')}
        value={filter.trigger}
        options={[['', trans.__('All')], ...triggers.map(ref => [ref, ref] as const)]}
        onChange={trigger => void model.setFilter({ trigger })}
      />
      <SelectField
        label={trans.__('Type')}
        value={filter.type}
        options={[
          ['', trans.__('All')],
          ['file_datatable', trans.__('Tables')],
          ['file_image', trans.__('Images')],
          ['file_text', trans.__('Text')],
          ['file_binary', trans.__('Files')],
          ['url', trans.__('Links')],
          ['other', trans.__('Other')]
        ]}
        onChange={type => void model.setFilter({ type })}
      />
      {filter.session && (
        <Button onClick={() => void model.setFilter({ session: '' })}>
          {trans.__('Show all sessions')}
        </Button>
      )}
      <IconButton
        icon={refreshIcon}
        label={trans.__('Refresh')}
        onClick={() => void model.refresh()}
      />
    </div>
  );
}

function Group(props: {
  group: IArtifactGroup;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { group, now, automation } = props;
  const { trans, commands } = automation;
  const { session } = group;
  return (
    <section className="na-Group">
      <h2>
        <span>
          {group.trigger ?? (session ? trans.__('By hand') : trans.__('Outside a session'))}
        </span>
        <span className="na-Dim na-Light">
          <When at={group.at} now={now} />
        </span>
        {group.status && <StatusChip status={group.status} trans={trans} />}
        {session && (
          <button
            type="button"
            className="na-Link"
            onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session })}
          >
            {trans.__('Open session')}
          </button>
        )}
      </h2>
      <ArtifactRows artifacts={group.items} now={now} automation={automation} />
    </section>
  );
}

function NoArtifacts({ model, automation }: IBodyProps<ArtifactsModel>): JSX.Element {
  const { trans } = automation;
  if (model.filtered) {
    return <Empty title={trans.__('No artifact matches this filter.')} />;
  }
  return (
    <Empty title={trans.__('No artifacts yet')}>
      <p>
        {trans.__(
          'A session keeps its executed notebook by itself. In a cell, keep a table or a figure as well:'
        )}
      </p>
      <CopyLine text='na.artifact(df, "sales")' label={trans.__('line')} trans={trans} />
    </Empty>
  );
}
