/** Every page of the main area: a noun that brings a page adds its line here. */
import { apiLogsPage } from './api-logs';
import { artifactsPage } from './artifacts';
import { automatePage } from './automate';
import { backfillPage } from './backfill';
import { eventsPage } from './events';
import { inboxPage } from './inbox';
import { inquiriesPage } from './inquiries';
import { inquiryPage } from './inquiry';
import { notificationsPage } from './notifications';
import { IPageDescription } from './page';
import { policiesPage } from './policies';
import { sessionPage } from './session';
import { sessionsPage } from './sessions';
import { sweepPage } from './sweep';
import { taskPage } from './task';
import { triggersPage } from './triggers';
import { variablesPage } from './variables';

/** In the order in which they are offered; the first opens where no page is named. */
export const PAGES: readonly IPageDescription[] = [
  triggersPage,
  sessionsPage,
  sessionPage,
  inquiriesPage,
  inquiryPage,
  eventsPage,
  inboxPage,
  artifactsPage,
  notificationsPage,
  apiLogsPage,
  backfillPage,
  sweepPage,
  variablesPage,
  policiesPage,
  automatePage,
  taskPage
];

/** The page of that name; the first one where there is none. */
export function pageNamed(name: unknown): IPageDescription {
  return PAGES.find(page => page.name === name) ?? PAGES[0];
}
