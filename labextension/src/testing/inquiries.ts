/** Inquiries and their changes as the server sends them, for tests. */
import { IChangeOn } from '../api/change-types';
import { IInquiry } from '../api/inquiries';

export function anInquiry(id: string, fields: Partial<IInquiry> = {}): IInquiry {
  return {
    id,
    status: 'pending',
    outcome: null,
    form: 'decision',
    prompt: 'Publish the report?',
    title: 'Publish the report?',
    schema: null,
    proposed: null,
    standing: null,
    session_id: 'ses_1',
    session_ref: 'ses_1',
    project: 'sales',
    project_id: 'prj_1',
    notebook: 'report.ipynb',
    trigger: 'sales/nightly',
    cell_index: 1,
    requester: 'bea',
    came_by: 'person',
    requester_note: '',
    stages: [{ of: ['ana'], approvals: 1, per_group: {}, answers: [], is_complete: false }],
    stage: 0,
    exclude: [],
    allow_requester: false,
    delegations: [],
    shown: [],
    may_answer: true,
    why_not: '',
    version: 1,
    response: null,
    responded_by: null,
    responded_at: null,
    channel: null,
    timeout_at: null,
    on_timeout: { do: 'reject' },
    next_reminder_at: null,
    ended_reason: null,
    created_at: '2026-01-01T00:00:00Z',
    ...fields
  };
}

/** The inquiry after somebody answered it. */
export function anAnswered(id: string, approved: boolean): IInquiry {
  return anInquiry(id, {
    status: 'responded',
    outcome: approved ? 'approved' : 'rejected',
    may_answer: false,
    version: 2,
    response: { approved, comment: '', by: ['ana'] },
    responded_by: 'ana',
    responded_at: '2026-01-01T00:05:00Z'
  });
}

export function inquiryChange(
  id: string,
  activity: IChangeOn<'inquiries'>['activity'] = 'updated'
): IChangeOn<'inquiries'> {
  const { session_ref: session_id, project_id, status, title, stage } = anInquiry(id);
  const content = { session_id, project_id, status, title, stage };
  return { type: 'change', seq: 0, channel: 'inquiries', id, activity, content, at: '' };
}
