/** What the status-bar item shows. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useChanged } from '../../parts/hooks';
import { automationIcon } from '../../parts/icons';
import { StatusModel } from './model';

export function StatusBody(props: {
  model: StatusModel;
  trans: TranslationBundle;
  onOpen: (failed: boolean) => void;
}): JSX.Element {
  const { model, trans, onOpen } = props;
  useChanged(model);
  const { status } = model;
  const failed = status?.failed_today ?? 0;
  const running = status?.running ?? 0;
  const queued = status?.queued ?? 0;
  const text = model.offline
    ? trans.__('Automation offline')
    : status && !status.engine.active
      ? trans.__('Automation paused')
      : queued > 0
        ? trans.__('%1 running, %2 queued', running, queued)
        : running > 0
          ? trans.__('%1 running', running)
          : trans.__('Idle');
  return (
    <>
      <button
        type="button"
        title={trans.__('Notebook Automation: %1', text)}
        aria-label={trans.__('Notebook Automation: %1', text)}
        onClick={() => onOpen(false)}
      >
        <automationIcon.react tag="span" />
        <span>{text}</span>
      </button>
      {failed > 0 && (
        <button
          type="button"
          className="na-mod-bad"
          title={trans.__('%1 sessions failed today', failed)}
          onClick={() => onOpen(true)}
        >
          {trans.__('%1 failed', failed)}
        </button>
      )}
    </>
  );
}
