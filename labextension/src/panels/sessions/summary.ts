/** What every view of a session needs: its group of statuses, name and length, and what a change does to it. */
import { IChangeOn, SessionChange } from '../../api/change-types';
import { ISession, SessionStatus } from '../../api/sessions';
import { elapsed } from '../../parts/times';

export const ACTIVE: readonly SessionStatus[] = [
  'requested',
  'scheduling',
  'scheduled',
  'running',
  'waiting',
  'canceling'
];

/** Groups of statuses that the filter offers. */
export const GROUPS: Record<string, readonly SessionStatus[]> = {
  active: ACTIVE.filter(status => status !== 'waiting'),
  queued: ['requested', 'scheduling'],
  waiting: ['waiting'],
  failed: ['failed', 'timeout', 'abandoned'],
  completed: ['completed'],
  cancelled: ['cancelled']
};

export function isActive(status: SessionStatus): boolean {
  return ACTIVE.includes(status);
}

/** Whether a session can still be stopped. */
export function canCancel(session: ISession): boolean {
  return isActive(session.status) && session.status !== 'canceling';
}

/** The trigger's name without its project, or the file that was called. */
export function shortName(session: ISession): string {
  return (session.trigger ?? session.call).split('/').pop()!;
}

/** Seconds that a session took, or has taken until `now` (milliseconds); null before it starts. */
export function length(session: ISession, now: number): number | null {
  return session.duration ?? elapsed(session.started_at, session.finished_at, now);
}

/** A change that carries a session's summary. */
export type ISummaryChange = Extract<IChangeOn<'sessions'>, { content: SessionChange }>;

/** Whether a change of a session carries its summary: its log, outcomes and steps are fetched instead. */
export function hasSummary(change: IChangeOn<'sessions'>): change is ISummaryChange {
  return 'status' in change.content;
}

/** A session brought up to date by a change of it. */
export function patched(session: ISession, { content }: ISummaryChange): ISession {
  const { status, current_cell, total_cells, progress, started_at, finished_at } = content;
  return { ...session, status, current_cell, total_cells, progress, started_at, finished_at };
}
