/** What of an inquiry is said in the same words wherever it is shown. */
import { TranslationBundle } from '@jupyterlab/translation';

import { IInquiry, IOnTimeout, IStage } from '../../api/inquiries';
import { asWords } from '../../forms/schema';
import { moment } from '../../parts/times';

/** What names of groups begin with. */
const GROUP = 'group:';

/** "ana, anyone of ops"; "anyone" where nobody is named. */
export function whoWords(names: readonly string[], trans: TranslationBundle): string {
  return names.length === 0
    ? trans.__('anyone')
    : names
        .map(name =>
          name.startsWith(GROUP) ? trans.__('group %1', name.slice(GROUP.length)) : name
        )
        .join(', ');
}

/** "2 of group ops": how many have to answer, and who may. */
export function stageWords(stage: IStage, trans: TranslationBundle): string {
  const who = whoWords(stage.of, trans);
  const groups = Object.entries(stage.per_group);
  const each = groups.map(([name, count]) => `${count} ${whoWords([name], trans)}`);
  const parts = each.length > 0 ? ` (${each.join(', ')})` : '';
  const isOne = stage.approvals === 1 && (stage.of.length === 1 || stage.of.length === 0);
  return (isOne ? who : trans.__('%1 of: %2', stage.approvals, who)) + parts;
}

/** Who may answer now; '' where it has ended. */
export function waitsFor(inquiry: IInquiry, trans: TranslationBundle): string {
  const stage = inquiry.stages[inquiry.stage];
  return inquiry.status === 'pending' && stage ? stageWords(stage, trans) : '';
}

/** What happens if nobody answers in time, and when; '' where it waits for ever. */
export function limitWords(inquiry: IInquiry, trans: TranslationBundle): string {
  const { timeout_at, on_timeout } = inquiry;
  if (!timeout_at || inquiry.status !== 'pending') {
    return '';
  }
  const at = moment(timeout_at);
  return limitOf(on_timeout, at, trans);
}

function limitOf(limit: IOnTimeout, at: string, trans: TranslationBundle): string {
  switch (limit.do) {
    case 'value':
      return trans.__('without an answer, %2 at %1', at, asWords(limit.value));
    case 'raise':
      return trans.__('without an answer, its cell fails at %1', at);
    case 'escalate':
      return trans.__('without an answer, goes to %2 at %1', at, whoWords(limit.to ?? [], trans));
    default:
      return trans.__('without an answer, rejected at %1', at);
  }
}

/** What came of it, in one sentence; '' while it is pending. */
export function outcomeWords(inquiry: IInquiry, trans: TranslationBundle): string {
  const { status, outcome, response, responded_by } = inquiry;
  const by = (response?.by ?? []).join(', ') || responded_by || '–';
  switch (outcome ?? status) {
    case 'pending':
      return '';
    case 'timeout':
      return trans.__('Nobody answered in time');
    case 'withdrawn':
      return trans.__('Withdrawn');
    case 'cancelled':
      return trans.__('Cancelled with its session');
    case 'sent_back':
      return trans.__('Sent back by %1', by);
    case 'approved':
      return trans.__('Approved by %1', by);
    case 'rejected':
      return trans.__('Rejected by %1', by);
    default:
      return trans.__('Answered by %1', by);
  }
}

/** The prompt without a heading that the page has as its title already; '' where nothing else is in it. */
export function promptBelow({ prompt, title }: IInquiry): string {
  const [first, ...rest] = prompt.trim().split('\n');
  const isHeading = /^#{1,6} /.test(first) && !title.endsWith('…');
  return isHeading || first.trim() === title ? rest.join('\n').trim() : prompt;
}
