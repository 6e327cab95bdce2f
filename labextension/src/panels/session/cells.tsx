/** A session's cells over its time; with what each has left in a durable one, and what it asks while it waits. */
import * as React from 'react';

import { ICheckpoint } from '../../api/checkpoints';
import { useBusy } from '../../parts/hooks';
import { Timeline } from '../../parts/timeline';
import { IAutomation } from '../../tokens';
import { AskMark } from './asks';
import { SessionModel } from './model';
import { goOn } from './resume';
import { byCell, canFork, keptCells } from './saved';
import { Saved, SavedMark } from './saved-cell';

interface ICellsProps {
  model: SessionModel;
  automation: IAutomation;
  now: number;
  /** Called with a cell's id; without it the bars are no buttons. */
  onOpen: ((cell: string) => void) | null;
}

export function Cells(props: ICellsProps): JSX.Element {
  const { model, automation, now, onOpen } = props;
  const { trans } = automation;
  const [shown, setShown] = React.useState<number | null>(null);
  const [busy, run] = useBusy();
  const { cells, checkpoints, session, inquiries } = model;
  const saved = byCell(checkpoints);
  const running = cells.find(({ status }) => status === 'running')?.index;
  // Only a durable session says where it asks; any other asks in the cell that runs.
  const asked = new Map(
    inquiries.map(inquiry => [inquiry.cell_index >= 0 ? inquiry.cell_index : running, inquiry])
  );
  if (saved.size === 0 && asked.size === 0) {
    return <Timeline cells={cells} now={now} trans={trans} onOpen={onOpen} />;
  }
  const forks = session && canFork(session.status) && !busy;
  const runAgain = (from_cell: number): void =>
    void run(() => goOn(model, automation, { from_cell }));
  const markOf = (index: number, checkpoint: ICheckpoint | undefined): React.ReactNode => {
    const inquiry = asked.get(index);
    return inquiry ? (
      <AskMark inquiry={inquiry} automation={automation} />
    ) : (
      checkpoint && (
        <SavedMark
          checkpoint={checkpoint}
          open={shown === index}
          trans={trans}
          onToggle={() => setShown(shown === index ? null : index)}
        />
      )
    );
  };
  return (
    <Timeline
      cells={cells}
      now={now}
      trans={trans}
      onOpen={onOpen}
      kept={keptCells(cells, checkpoints)}
      mark={({ index }) => markOf(index, saved.get(index))}
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
