/** The history of an inquiry in words. */
import { TranslationBundle } from '@jupyterlab/translation';

import { asWords } from '../../forms/schema';

/** How much of a hash is said. */
const DIGEST = 12;

/** What happened; a kind that is new here is said as the server has it. */
export function whatWords(what: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    asked: trans.__('Asked'),
    shown: trans.__('Shown'),
    notified: trans.__('People were told'),
    reminded: trans.__('Reminded'),
    escalated: trans.__('Escalated'),
    delegated: trans.__('Delegated'),
    substituted: trans.__('Given to a substitute'),
    answered: trans.__('Answered'),
    sent_back: trans.__('Sent back with a question'),
    replied: trans.__('Replied'),
    withdrawn: trans.__('Withdrawn'),
    timed_out: trans.__('Timed out'),
    cancelled: trans.__('Cancelled'),
    refused: trans.__('Refused'),
    link_made: trans.__('Link made'),
    link_used: trans.__('Link used')
  };
  return words[what] ?? what;
}

/** What is known of it beside its edits, a line each. */
export function detailWords(
  detail: Record<string, unknown> | null,
  trans: TranslationBundle
): string[] {
  const labels: Record<string, string> = {
    decision: trans.__('Decision'),
    value: trans.__('Value'),
    comment: trans.__('Comment'),
    question: trans.__('Question'),
    reason: trans.__('Reason'),
    to: trans.__('To'),
    person: trans.__('For'),
    digests: trans.__('Shown, by hash'),
    shown: trans.__('Shown, by hash')
  };
  return Object.entries(labels).flatMap(([name, label]) => {
    const text = wordsOf(detail?.[name]);
    return text ? [`${label}: ${text}`] : [];
  });
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined || value === '') {
    return '';
  }
  if (Array.isArray(value)) {
    return value.map(item => wordsOf(item)).join(', ');
  }
  if (typeof value === 'object' && 'digest' in value) {
    const { name, digest } = value as { name?: string; digest: unknown };
    return [name, shortened(String(digest))].filter(Boolean).join(' ');
  }
  return shortened(asWords(value));
}

/** A hash by its first digits; another text as it is. */
function shortened(text: string): string {
  return /^(sha256[:-])?[0-9a-f]{64}$/.test(text)
    ? `${text.replace(/^sha256[:-]/, '').slice(0, DIGEST)}…`
    : text;
}
