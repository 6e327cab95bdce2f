/** An inquiry that waits for the user, in the sidebar. */
import * as React from 'react';

import { IInquiry } from '../../api/inquiries';
import { handIcon } from '../../parts/icons';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';

export function Asked(props: {
  inquiry: IInquiry;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, now, automation } = props;
  const { commands } = automation;
  const from = inquiry.trigger ?? inquiry.notebook;
  return (
    <li data-inquiry={inquiry.id}>
      <span className="na-TypeIcon" aria-hidden="true">
        <handIcon.react tag="span" />
      </span>
      <button
        type="button"
        className="na-List-main"
        title={`${inquiry.title}\n${from}`}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'inquiry', id: inquiry.id })}
      >
        <span className="na-List-name">{inquiry.title}</span>
        <span className="na-Dim">{from.split('/').pop()}</span>
      </button>
      <span className="na-List-side na-Dim">
        <When at={inquiry.created_at} now={now} />
      </span>
    </li>
  );
}
