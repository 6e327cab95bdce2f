/** What a session's page shows: its status, its error, and everything that it left. */
import * as React from 'react';

import { ISession } from '../../api/sessions';
import { attempt } from '../../parts/attempt';
import { Button, Empty, Facts, Json, Trouble } from '../../parts/controls';
import { environmentLines, memoryText } from '../../parts/environment';
import { useChanged, useNow } from '../../parts/hooks';
import { Table } from '../../parts/table';
import { Tabs } from '../../parts/tabs';
import { duration } from '../../parts/times';
import { Why } from '../../parts/why';
import { CommandIDs, IAutomation } from '../../tokens';
import { ArtifactRows, headings } from '../artifacts/rows';
import { isActive } from '../sessions/summary';
import { IBodyProps } from '../widget';
import { Asks } from './asks';
import { Cells } from './cells';
import { Event } from './event';
import { Failure } from './failure';
import { Head, openNotebook } from './head';
import { Log } from './log';
import { SessionModel } from './model';
import { Steps } from './steps';
import { Tree } from './tree';
import { toJson } from '../../api/json';

export default function SessionBody({ model, automation }: IBodyProps<SessionModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const { session } = model;
  const now = useNow(session && isActive(session.status) ? 500 : 20000);
  if (!session) {
    return (
      <div className="na-Page">
        <Trouble model={model} trans={trans} />
      </div>
    );
  }
  const openCell = (cell: string): void => openNotebook(model, automation, cell);
  const openSource = (cell: string, source: string): void =>
    void attempt(() =>
      automation.commands.execute(CommandIDs.openSource, { path: model.source, cell, source })
    );
  return (
    <div className="na-Page na-Session" data-session={session.id} data-status={session.status}>
      <Head session={session} now={now} model={model} automation={automation} />
      <Trouble model={model} trans={trans} />
      <Why
        about={session.id}
        version={`${session.status} ${session.wake_at ?? ''} ${session.reason ?? ''}`}
        now={now}
        automation={automation}
      />
      {model.inquiries.length > 0 && <Asks inquiries={model.inquiries} automation={automation} />}
      {session.error && (
        <Failure
          session={session}
          cells={model.cells}
          automation={automation}
          onSource={model.source?.endsWith('.ipynb') ? openSource : null}
          onOpen={model.notebook && openCell}
        />
      )}
      {model.cells.length > 0 && (
        <Cells
          model={model}
          automation={automation}
          now={now}
          onOpen={model.notebook ? openCell : null}
        />
      )}
      <Tabs
        label={trans.__('About this session')}
        tabs={[
          {
            id: 'log',
            label: trans.__('Log'),
            count: model.log.length,
            body: () => <Log model={model} automation={automation} />
          },
          ...(session.is_durable
            ? [
                {
                  id: 'steps',
                  label: trans.__('Steps'),
                  count: model.steps.length,
                  body: () => (
                    <Steps
                      steps={model.steps}
                      ended={!isActive(session.status)}
                      now={now}
                      trans={trans}
                    />
                  )
                }
              ]
            : []),
          ...(model.tree
            ? [
                {
                  id: 'tree',
                  label: trans.__('Tree'),
                  count: model.tree.size,
                  body: () => (
                    <Tree tree={model.tree!} here={session.id} now={now} automation={automation} />
                  )
                }
              ]
            : []),
          {
            id: 'artifacts',
            label: trans.__('Artifacts'),
            count: model.artifacts.length,
            body: () => <Artifacts model={model} automation={automation} now={now} />
          },
          {
            id: 'input',
            label: trans.__('Parameters and result'),
            body: () => <Input session={session} automation={automation} />
          },
          {
            id: 'event',
            label: trans.__('Event'),
            body: () => <Event model={model} automation={automation} now={now} />
          }
        ]}
      />
    </div>
  );
}

function Artifacts(props: {
  model: SessionModel;
  automation: IAutomation;
  now: number;
}): JSX.Element {
  const { model, automation, now } = props;
  const { trans } = automation;
  if (model.artifacts.length === 0) {
    return (
      <Empty title={trans.__('No artifacts')}>
        <p>{trans.__('Keep a table, figure or file with na.artifact(value, "name").')}</p>
      </Empty>
    );
  }
  return (
    <Table
      label={trans.__('Artifacts')}
      className="na-Artifacts"
      headings={headings(trans)}
      trans={trans}
    >
      <ArtifactRows artifacts={model.artifacts} now={now} automation={automation} />
    </Table>
  );
}

function Input(props: { session: ISession; automation: IAutomation }): JSX.Element {
  const { session, automation } = props;
  const { trans } = automation;
  const parameters = Object.entries(session.parameters);
  const openSweep = (id: string): void =>
    void automation.commands.execute(CommandIDs.open, { page: 'sweep', id });
  return (
    <div className="na-Input-tab">
      <h3>{trans.__('Parameters')}</h3>
      {parameters.length > 0 ? (
        <Facts items={parameters.map(([name, value]) => [name, <code>{toJson(value)}</code>])} />
      ) : (
        <p className="na-Dim">{trans.__('It ran with the defaults of its parameters cell.')}</p>
      )}
      {session.result !== null && session.result !== undefined && (
        <>
          <h3>{trans.__('Result')}</h3>
          <Json value={session.result} label={trans.__('Result')} />
        </>
      )}
      <h3>{trans.__('How it ran')}</h3>
      <Facts
        items={[
          [trans.__('Project'), session.project || '/'],
          [
            trans.__('Part of'),
            session.group_id && !session.trigger ? (
              <Button onClick={() => openSweep(session.group_id!)}>{trans.__('a sweep')}</Button>
            ) : (
              '–'
            )
          ],
          [trans.__('Kernel'), session.kernel_name ?? '–'],
          [trans.__('Environment variables'), environmentLines(session.env) || '–'],
          [trans.__('Memory at most'), memoryText(session.memory) || trans.__('no limit')],
          [
            trans.__('Time limit'),
            session.time_limit ? duration(session.time_limit) : trans.__('none')
          ]
        ]}
      />
    </div>
  );
}
