/** A dialog with a link by which the user answers without signing in; it is shown this once. */
import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IInquiryLink } from '../../api/inquiries';
import { CopyLine } from '../../parts/copy-line';
import { moment } from '../../parts/times';
import { IAutomation } from '../../tokens';

type Translation = IAutomation['trans'];

export async function showLink(link: IInquiryLink, trans: Translation): Promise<void> {
  await new Dialog({
    title: trans.__('Your link'),
    body: new LinkWidget(link, trans),
    focusNodeSelector: '.na-CopyLine button',
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  }).launch();
}

class LinkWidget extends ReactWidget {
  constructor(
    private readonly _link: IInquiryLink,
    private readonly _trans: Translation
  ) {
    super();
    this.addClass('na-RunForm');
  }

  protected override render(): JSX.Element {
    const { _link: link, _trans: trans } = this;
    return (
      <div className="na-Form">
        <CopyLine text={link.url} label={trans.__('link')} trans={trans} />
        <p>
          {trans.__(
            'It answers for %1, once, until %2, also on a phone and without signing in.',
            link.person,
            moment(link.expires_at)
          )}
        </p>
        <p>
          {trans.__(
            'Whoever has it answers in your name: pass it to nobody. It is not shown again.'
          )}
        </p>
      </div>
    );
  }
}
