/** A session's log: its output and its steps, filtered by kind. */
import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ILogEntry } from '../../api/sessions';
import { Choice } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Button, Empty, LoadMore } from '../../parts/controls';
import { useBusy, useFollowed } from '../../parts/hooks';
import { localZone, precise, time } from '../../parts/times';
import { IAutomation } from '../../tokens';
import { isActive } from '../sessions/summary';
import { SessionModel } from './model';

type Shown = 'all' | 'output' | 'state';

const OUTPUT = ['print', 'stderr'];

function shows(kind: string, shown: Shown): boolean {
  return shown === 'all' || OUTPUT.includes(kind) === (shown === 'output');
}

export function Log(props: { model: SessionModel; automation: IAutomation }): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  const [shown, setShown] = React.useState<Shown>('all');
  const [busy, run] = useBusy();
  const active = model.session !== null && isActive(model.session.status);
  const [list, following, follow] = useFollowed(active, model.log.length);
  if (model.log.length === 0) {
    return <Empty title={trans.__('Nothing logged yet')} />;
  }
  return (
    <div className="na-Log">
      <div className="na-Log-head">
        <Choice
          label={trans.__('Show')}
          value={shown}
          options={[
            ['all', trans.__('Everything')],
            ['output', trans.__('Output')],
            ['state', trans.__('Progress')]
          ]}
          onChange={setShown}
        />
        <span className="na-Dim">{trans.__('Times in %1', localZone())}</span>
      </div>
      <ol ref={list} tabIndex={0} aria-label={trans.__('Log')}>
        {model.log
          .filter(entry => shows(entry.kind, shown))
          .map(entry => (
            <Entry key={entry.seq} entry={entry} />
          ))}
      </ol>
      {active && !following && (
        <div className="na-Actions">
          <Button icon={caretDownIcon} onClick={follow}>
            {trans.__('Follow the newest lines')}
          </Button>
        </div>
      )}
      <LoadMore
        more={model.moreLog}
        loading={busy}
        onClick={() => void run(() => attempt(() => model.loadMoreLog()))}
        trans={trans}
      />
    </div>
  );
}

function Entry({ entry }: { entry: ILogEntry }): JSX.Element {
  return (
    <li data-kind={entry.kind}>
      <time dateTime={entry.at} title={precise(entry.at)}>
        {time(entry.at)}
      </time>
      <span className="na-Log-kind">{entry.kind}</span>
      <span className="na-Log-text">{entry.text}</span>
    </li>
  );
}
