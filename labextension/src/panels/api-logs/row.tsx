/** One request's row: how it ended, what was asked by whom, how long it took; all that is kept of it beneath. */
import * as React from 'react';

import { IApiLog } from '../../api/api-logs';
import { attempt } from '../../parts/attempt';
import { Facts } from '../../parts/controls';
import { MainCell, Row, Unfold, WhenCell, WordsCell } from '../../parts/rows';
import { SessionLink } from '../../parts/session-link';
import { Cell } from '../../parts/table';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { milliseconds } from './figures';
import { ApiLogsModel } from './model';

interface IRowProps {
  log: IApiLog;
  now: number;
  model: ApiLogsModel;
  automation: IAutomation;
}

/** How a status looks. */
function tone(status: number): 'good' | 'warn' | 'bad' | 'idle' {
  return status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 200 ? 'good' : 'idle';
}

export function ApiLogRow(props: IRowProps): JSX.Element {
  const { log, now, model, automation } = props;
  const { trans } = automation;
  const open = model.isOpen(log);
  const toggle = (): void => void attempt(() => model.toggle(log));
  const name = `${log.method} ${log.path}`;
  return (
    <Row
      data={{ log: log.id, open }}
      lead={
        <>
          <Select model={model} item={log} name={`${name} ${log.id}`} trans={trans} />
          <Unfold open={open} onToggle={toggle} trans={trans} />
        </>
      }
      beneath={open && <Opened {...props} />}
    >
      <Cell title={log.code ?? ''}>
        <span className={`na-Chip na-Api-status na-mod-${tone(log.status_code)}`}>
          {log.status_code}
        </span>
      </Cell>
      <MainCell
        name={`${log.method} ${log.route}`}
        more={log.query ? `${log.path}?${log.query}` : log.path}
        title={name}
        onClick={toggle}
      />
      <WordsCell className="na-Api-user na-Dim" title={log.user_id ?? log.client ?? ''}>
        {log.user_id ?? log.client}
      </WordsCell>
      <Cell className="na-Api-duration">{milliseconds(log.duration_ms)}</Cell>
      <WhenCell at={log.created_at} now={now} />
    </Row>
  );
}

function Opened({ log, model, automation }: IRowProps): JSX.Element {
  const { trans } = automation;
  return (
    <div className="na-Detail">
      <Facts
        items={[
          [trans.__('Correlation id'), <code>{log.correlation_id}</code>],
          [trans.__('Path'), <code>{log.path}</code>],
          ...(log.code
            ? ([[trans.__('Problem'), <code>{log.code}</code>]] as [string, JSX.Element][])
            : []),
          [trans.__('From'), [log.user_id, log.client].filter(Boolean).join(', ')],
          [trans.__('Led to'), <LedTo log={model.detail ?? log} automation={automation} />]
        ]}
      />
      <Kept
        title={trans.__('Request')}
        headers={log.request_headers}
        body={log.request_body}
        automation={automation}
      />
      <Kept
        title={trans.__('Answer')}
        headers={log.response_headers}
        body={log.response_body}
        automation={automation}
      />
    </div>
  );
}

/** Links to the events and sessions of a request. */
function LedTo({ log, automation }: { log: IApiLog; automation: IAutomation }): JSX.Element {
  const { trans, commands } = automation;
  const events = log.event_ids ?? (log.event_id ? [log.event_id] : []);
  const sessions = log.session_ids ?? [];
  if (events.length + sessions.length === 0) {
    return <span className="na-Dim">{trans.__('no event and no session')}</span>;
  }
  return (
    <span className="na-Api-led">
      {events.map(id => (
        <button
          key={id}
          type="button"
          className="na-Link"
          onClick={() => void commands.execute(CommandIDs.open, { page: 'events', id })}
        >
          {id}
        </button>
      ))}
      {sessions.map(id => (
        <SessionLink key={id} id={id} automation={automation}>
          {id}
        </SessionLink>
      ))}
    </span>
  );
}

function Kept(props: {
  title: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
  automation: IAutomation;
}): JSX.Element | null {
  const { title, headers, body } = props;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (lines.length === 0 && !body) {
    return null;
  }
  return (
    <pre className="na-Json" tabIndex={0} aria-label={title}>
      {[title, '', ...lines, ...(body ? ['', body] : [])].join('\n')}
    </pre>
  );
}
