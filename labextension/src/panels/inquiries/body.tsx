/** What the inquiries page shows: which there are, and one answer for several of them. */
import * as React from 'react';

import { IAnswerBody, IInquiry } from '../../api/inquiries';
import { SelectField } from '../../forms/fields';
import { sameForm } from '../../forms/schema';
import { Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged } from '../../parts/hooks';
import { LEAD, MainCell, Row, WhenCell, WordsCell } from '../../parts/rows';
import { Cell, IHeading } from '../../parts/table';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ProjectField, Select, WordField } from '../list/fields';
import { IBodyProps } from '../widget';
import { askForAll } from './bulk';
import { InquiryChip } from './chip';
import { InquiriesModel, InquiryView } from './model';
import { Numbers } from './numbers';
import { limitWords, outcomeWords, waitsFor } from './words';
import { toJson } from '../../api/json';

const COLUMNS: readonly Column<IInquiry>[] = [
  ['status', inquiry => inquiry.status],
  ['title', inquiry => inquiry.title],
  ['project', inquiry => inquiry.project],
  ['notebook', inquiry => inquiry.notebook],
  ['trigger', inquiry => inquiry.trigger],
  ['requester', inquiry => inquiry.requester],
  ['came_by', inquiry => inquiry.came_by],
  ['approved', inquiry => inquiry.response?.approved],
  ['value', inquiry => inquiry.response && toJson(inquiry.response.value ?? null)],
  ['comment', inquiry => inquiry.response?.comment],
  ['responded_by', inquiry => inquiry.response?.by?.join(' ')],
  ['responded_at', inquiry => inquiry.responded_at],
  ['channel', inquiry => inquiry.channel],
  ['timeout_at', inquiry => inquiry.timeout_at],
  ['ended_reason', inquiry => inquiry.ended_reason],
  ['created_at', inquiry => inquiry.created_at],
  ['session', inquiry => inquiry.session_ref],
  ['id', inquiry => inquiry.id]
];

export default function InquiriesBody({
  model,
  automation
}: IBodyProps<InquiriesModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Inquiries')}
      filterLabel={trans.__('Filter inquiries')}
      filter={<Filter model={model} automation={automation} />}
      summary={<Numbers model={model} automation={automation} />}
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Inquiries"
      columns={COLUMNS}
      file="inquiries"
      noMatch={trans.__('No inquiry matches this filter.')}
      empty={<NothingWaits automation={automation} />}
      rows={{
        each: (inquiry, now) => (
          <InquiryRow inquiry={inquiry} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    { label: trans.__('State') },
    { label: trans.__('Inquiry') },
    { label: trans.__('Waits for'), className: 'na-Rows-who' },
    { label: trans.__('Asked'), className: 'na-Rows-when' }
  ];
}

function canAnswer(inquiry: IInquiry): boolean {
  return inquiry.status === 'pending' && inquiry.may_answer;
}

/** One answer for all that have the form of the first. */
function actions(model: InquiriesModel, automation: IAutomation): IBulkAction<IInquiry>[] {
  const { trans } = automation;
  const open = model.selected.filter(canAnswer);
  const first = open.find(inquiry => inquiry.form === 'value');
  const decided = (decision: 'approve' | 'reject', label: string): IBulkAction<IInquiry> =>
    answering(
      label,
      decision,
      inquiry => canAnswer(inquiry) && inquiry.form !== 'value',
      decision === 'reject'
    );
  function answering(
    label: string,
    decision: 'approve' | 'reject' | null,
    fits: (inquiry: IInquiry) => boolean,
    danger = false
  ): IBulkAction<IInquiry> {
    let body: IAnswerBody = {};
    return {
      label,
      danger,
      fits,
      ask: async inquiries => {
        const answer = await askForAll(inquiries, decision, automation);
        body = answer ?? body;
        return answer !== null;
      },
      run: { together: inquiries => model.answer(inquiries, body) }
    };
  }
  return [
    decided('approve', trans.__('Approve')),
    decided('reject', trans.__('Reject')),
    ...(first
      ? [
          answering(
            trans.__('Answer…'),
            null,
            inquiry =>
              canAnswer(inquiry) &&
              inquiry.form === 'value' &&
              sameForm(inquiry.schema, first.schema)
          )
        ]
      : [])
  ];
}

function Filter({ model, automation }: IBodyProps<InquiriesModel>): JSX.Element {
  const { trans } = automation;
  const { filter, counts } = model;
  const counted = (label: string, count: number | undefined): string =>
    count === undefined ? label : `${label} (${count})`;
  return (
    <>
      <SelectField<InquiryView>
        label={trans.__('Show')}
        value={filter.view}
        options={[
          ['', counted(trans.__('Waiting for you'), counts?.waiting_for_me)],
          ['pending', counted(trans.__('All pending'), counts?.pending)],
          ['ended', trans.__('Ended')],
          ['all', trans.__('All')]
        ]}
        onChange={view => void model.setFilter({ view })}
      />
      {filter.view !== '' && (
        <WordField
          label={trans.__('Person')}
          value={filter.person}
          onChange={person => void model.setFilter({ person })}
        />
      )}
      <ProjectField
        value={filter.project}
        projects={model.projects}
        onChange={project => void model.setFilter({ project })}
        trans={trans}
      />
      <SelectField
        label={trans.__('Asked')}
        value={String(filter.hours)}
        options={[
          ['0', trans.__('At any time')],
          ['1', trans.__('Over an hour ago')],
          ['24', trans.__('Over a day ago')],
          ['168', trans.__('Over a week ago')]
        ]}
        onChange={hours => void model.setFilter({ hours: Number(hours) })}
      />
    </>
  );
}

function InquiryRow(props: {
  inquiry: IInquiry;
  now: number;
  model: InquiriesModel;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, now, model, automation } = props;
  const { trans, commands } = automation;
  const from = inquiry.trigger ?? [inquiry.project, inquiry.notebook].filter(Boolean).join('/');
  const more = [from, limitWords(inquiry, trans), outcomeWords(inquiry, trans)]
    .filter(Boolean)
    .join(' · ');
  const who = waitsFor(inquiry, trans);
  return (
    <Row
      data={{ inquiry: inquiry.id }}
      lead={<Select model={model} item={inquiry} name={inquiry.title} trans={trans} />}
    >
      <Cell>
        <InquiryChip inquiry={inquiry} trans={trans} />
      </Cell>
      <MainCell
        name={inquiry.title}
        more={more}
        title={[inquiry.title, more].filter(Boolean).join('\n')}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'inquiry', id: inquiry.id })}
      />
      <WordsCell className="na-Rows-who na-Dim" title={who}>
        {who}
      </WordsCell>
      <WhenCell at={inquiry.created_at} now={now} />
    </Row>
  );
}

function NothingWaits({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
  return (
    <Empty title={trans.__('Nothing waits for you')}>
      <p>{trans.__('A session asks people, and waits for their answer, where its code says:')}</p>
      <CopyLine
        text='if na.inquire("Publish the report?", assigned_to="ana"): ...'
        label={trans.__('line')}
        trans={trans}
      />
    </Empty>
  );
}
