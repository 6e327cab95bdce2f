/** A session's cells over its time; in a durable one with what each has left. */
import * as React from 'react';

import { useBusy } from '../../parts/hooks';
import { Timeline } from '../../parts/timeline';
import { IAutomation } from '../../tokens';
import { SessionModel } from './model';
import { goOn } from './resume';
import { byCell, canFork, keptCells } from './saved';
import { Saved, SavedMark } from './saved-cell';

export function Cells(props: {
  model: SessionModel;
  automation: IAutomation;
  now: number;
  /** Called with a cell's id; without it the bars are no buttons. */
  onOpen: ((cell: string) => void) | null;
}): JSX.Element {
  const { model, automation, now, onOpen } = props;
  const { trans } = automation;
  const [shown, setShown] = React.useState<number | null>(null);
  const [busy, run] = useBusy();
  const { cells, checkpoints, session } = model;
  const saved = byCell(checkpoints);
  const forks = session && canFork(session.status) && !busy;
  const runAgain = (from_cell: number): void =>
    void run(() => goOn(model, automation, { from_cell }));
  if (saved.size === 0) {
    return <Timeline cells={cells} now={now} trans={trans} onOpen={onOpen} />;
  }
  return (
    <Timeline
      cells={cells}
      now={now}
      trans={trans}
      onOpen={onOpen}
      kept={keptCells(cells, checkpoints)}
      mark={({ index }) => {
        const checkpoint = saved.get(index);
        return (
          checkpoint && (
            <SavedMark
              checkpoint={checkpoint}
              open={shown === index}
              trans={trans}
              onToggle={() => setShown(shown === index ? null : index)}
            />
          )
        );
      }}
      detail={({ index }) => {
        const checkpoint = saved.get(index);
        return (
          checkpoint &&
          shown === index && (
            <Saved
              checkpoint={checkpoint}
              trans={trans}
              onRunAgain={forks ? runAgain : undefined}
            />
          )
        );
      }}
    />
  );
}
