/** What the artifacts page shows: a filter, and each session's artifacts beneath its name. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { IArtifact } from '../../api/artifacts';
import { Button, Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { SessionLink } from '../../parts/session-link';
import { StatusChip } from '../../parts/status';
import { Cell } from '../../parts/table';
import { bytes } from '../../parts/times';
import { When } from '../../parts/when';
import { useChanged } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ChoiceField, SearchField, TriggerField } from '../list/fields';
import { IBodyProps } from '../widget';
import { ArtifactsModel, IArtifactGroup } from './model';
import { ArtifactRows, headings } from './rows';

const COLUMNS: readonly Column<IArtifact>[] = [
  ['name', artifact => artifact.name],
  ['version', artifact => artifact.version],
  ['type', artifact => artifact.type],
  ['media_type', artifact => artifact.media_type],
  ['size_bytes', artifact => artifact.size],
  ['trigger', artifact => artifact.trigger],
  ['session', artifact => artifact.session_id],
  ['session_status', artifact => artifact.session_status],
  ['created_at', artifact => artifact.created_at],
  ['expires_at', artifact => artifact.expires_at],
  ['url', artifact => artifact.url],
  ['id', artifact => artifact.id]
];

export default function ArtifactsBody({
  model,
  automation
}: IBodyProps<ArtifactsModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  const remove: IBulkAction<IArtifact> = {
    label: trans.__('Delete'),
    danger: true,
    fits: () => true,
    ask: artifacts => confirmRemove(artifacts, automation),
    run: artifact => model.remove(artifact)
  };
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Artifacts')}
      filterLabel={trans.__('Filter artifacts')}
      filter={<Filter model={model} automation={automation} />}
      actions={[remove]}
      headings={headings(trans)}
      className="na-Artifacts"
      columns={COLUMNS}
      file="artifacts"
      noMatch={trans.__('No artifact matches this filter.')}
      empty={<NoArtifacts automation={automation} />}
      rows={now => {
        const props = { now, model, automation };
        return (
          model.groups?.map(group => (
            <React.Fragment key={group.session ?? ''}>
              <Group {...props} group={group} />
              <ArtifactRows {...props} artifacts={group.items} />
            </React.Fragment>
          )) ?? <ArtifactRows {...props} artifacts={model.items} />
        );
      }}
    />
  );
}

async function confirmRemove(
  artifacts: readonly IArtifact[],
  { trans }: IAutomation
): Promise<boolean> {
  const size = bytes(artifacts.reduce((sum, artifact) => sum + artifact.size, 0));
  const answer = await showDialog({
    title:
      artifacts.length === 1
        ? trans.__('Delete %1 (%2)?', artifacts[0].name, size)
        : trans.__('Delete %1 artifacts (%2)?', artifacts.length, size),
    body: trans.__('They are deleted for good; their sessions and other versions stay.'),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
    defaultButton: 0
  });
  return answer.button.accept;
}

function Filter({ model, automation }: IBodyProps<ArtifactsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  return (
    <>
      <SearchField
        label={trans.__('Search artifacts')}
        value={filter.name}
        onChange={name => void model.setFilter({ name })}
        trans={trans}
      />
      <TriggerField
        value={filter.trigger}
        triggers={model.triggers}
        onChange={trigger => void model.setFilter({ trigger })}
        trans={trans}
      />
      <ChoiceField
        label={trans.__('Type')}
        value={filter.type}
        choices={[
          ['file_datatable', trans.__('Tables')],
          ['file_image', trans.__('Images')],
          ['file_text', trans.__('Text')],
          ['file_binary', trans.__('Files')],
          ['url', trans.__('Links')],
          ['other', trans.__('Other')]
        ]}
        onChange={type => void model.setFilter({ type })}
        trans={trans}
      />
      {filter.session && (
        <Button onClick={() => void model.setFilter({ session: '' })}>
          {trans.__('Show all sessions')}
        </Button>
      )}
    </>
  );
}

/** The session whose artifacts follow. */
function Group(props: {
  group: IArtifactGroup;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { group, now, automation } = props;
  const { trans } = automation;
  const { session } = group;
  return (
    <tbody role="rowgroup" className="na-Group">
      <tr role="row">
        <Cell wide>
          <h2>
            <span>
              {group.trigger ?? (session ? trans.__('By hand') : trans.__('Outside a session'))}
            </span>
            <span className="na-Dim na-Light">
              <When at={group.at} now={now} />
            </span>
            {group.status && <StatusChip status={group.status} trans={trans} />}
            {session && (
              <SessionLink id={session} automation={automation}>
                {trans.__('Open session')}
              </SessionLink>
            )}
          </h2>
        </Cell>
      </tr>
    </tbody>
  );
}

function NoArtifacts({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
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
