/** A cell's checkpoint: the mark beside the cell, and what it holds beneath it. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ICheckpoint } from '../../api/checkpoints';
import { Button, IconButton } from '../../parts/controls';
import { rerunIcon, savedIcon, unsavedIcon } from '../../parts/icons';
import { bytes, duration } from '../../parts/times';

/** What the mark says: what saving cost, or why the session cannot go on from here. */
export function savedWords(checkpoint: ICheckpoint, trans: TranslationBundle): string {
  const { obstacle, size, seconds, held } = checkpoint;
  if (obstacle) {
    return trans.__('Not resumable past here, because %1', obstacle);
  }
  return trans.__(
    'Saved: %1 in %2, the kernel was held for %3 ms',
    bytes(size),
    duration(seconds),
    Math.round(held * 1000)
  );
}

export function SavedMark(props: {
  checkpoint: ICheckpoint;
  open: boolean;
  trans: TranslationBundle;
  onToggle: () => void;
}): JSX.Element {
  const { checkpoint, open, trans, onToggle } = props;
  return (
    <span className={checkpoint.obstacle ? 'na-Saved-obstacle' : undefined}>
      <IconButton
        icon={checkpoint.obstacle ? unsavedIcon : savedIcon}
        label={savedWords(checkpoint, trans)}
        expanded={open}
        onClick={onToggle}
      />
    </span>
  );
}

export function Saved(props: {
  checkpoint: ICheckpoint;
  trans: TranslationBundle;
  /** Run again from this cell; absent where that cannot be now. */
  onRunAgain?: (cell: number) => void;
}): JSX.Element {
  const { checkpoint, trans, onRunAgain } = props;
  const { cell, names, files } = checkpoint;
  return (
    <div className="na-Saved">
      <p className={checkpoint.obstacle ? 'na-Problem' : 'na-Dim'}>
        {savedWords(checkpoint, trans)}
      </p>
      {names.length > 0 ? (
        <table className="na-Saved-names" aria-label={trans.__('What cell %1 left', cell ?? '–')}>
          <thead>
            <tr>
              <th>{trans.__('Name')}</th>
              <th>{trans.__('Type')}</th>
              <th>{trans.__('Size')}</th>
              <th>{trans.__('Holds')}</th>
            </tr>
          </thead>
          <tbody>
            {names.map(one => (
              <tr key={one.name}>
                <td>
                  <code>{one.name}</code>
                </td>
                <td>{one.type}</td>
                <td>{bytes(one.size)}</td>
                <td>{one.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="na-Dim">{trans.__('No names.')}</p>
      )}
      {files.length > 0 && (
        <p className="na-Saved-files">
          {trans.__('Files:')}{' '}
          {files.map(file => (
            <code key={file.path}>
              {file.path} {file.is_deleted ? trans.__('(deleted)') : `(${bytes(file.size)})`}
            </code>
          ))}
        </p>
      )}
      {onRunAgain && cell !== null && (
        <Button icon={rerunIcon} onClick={() => onRunAgain(cell)}>
          {trans.__('Run again from cell %1', cell)}
        </Button>
      )}
    </div>
  );
}
