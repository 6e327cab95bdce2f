/** Which sessions started each other: their states and how long they took; what is below one unfolds. */
import * as React from 'react';

import { StatusChip } from '../../parts/status';
import { duration } from '../../parts/times';
import { CommandIDs, IAutomation } from '../../tokens';
import { length } from '../sessions/summary';
import { INode, ITree } from './tree-model';

interface ITreeProps {
  /** The session whose page this is. */
  here: string;
  now: number;
  automation: IAutomation;
}

export function Tree(props: ITreeProps & { tree: ITree }): JSX.Element {
  const { tree, automation } = props;
  return (
    <div className="na-Kin">
      <ul aria-label={automation.trans.__('Tree of sessions')}>
        <Branch {...props} node={tree.top} />
      </ul>
      {tree.more && (
        <p className="na-Dim">
          {automation.trans.__('The first %1 are shown: session tree has more.', tree.size)}
        </p>
      )}
    </div>
  );
}

function Branch(props: ITreeProps & { node: INode }): JSX.Element {
  const { node } = props;
  const { session, children } = node;
  return (
    <li data-session={session.id}>
      {children.length === 0 ? (
        <div className="na-Kin-leaf">
          <Line {...props} />
        </div>
      ) : (
        <details open>
          <summary>
            <Line {...props} />
          </summary>
          <ul>
            {children.map(child => (
              <Branch key={child.session.id} {...props} node={child} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function Line(props: ITreeProps & { node: INode }): JSX.Element {
  const { node, here, now, automation } = props;
  const { trans, commands } = automation;
  const { session } = node;
  const seconds = length(session, now);
  return (
    <>
      <StatusChip status={session.status} trans={trans} title={session.reason} />{' '}
      {session.id === here ? (
        <strong>{session.call}</strong>
      ) : (
        <button
          type="button"
          className="na-Link"
          onClick={() =>
            void commands.execute(CommandIDs.open, { page: 'session', id: session.id })
          }
        >
          {session.call}
        </button>
      )}{' '}
      {seconds !== null && <span className="na-Dim">{duration(seconds)}</span>}{' '}
      {session.on_parent_end === 'cancel' && (
        <span className="na-Dim">{trans.__('ends with its parent')}</span>
      )}{' '}
      <span className="na-Dim na-Mono">{session.id}</span>
    </>
  );
}
