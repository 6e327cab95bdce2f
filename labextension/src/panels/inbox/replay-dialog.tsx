/** Asks where several deliveries are replayed to, and how fast. */
import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDelivery } from '../../api/inbox';
import { SelectField, TextField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import { TO_URL, useTriggers } from './replay';

/** Deliveries a second: as many as are replayed unless somebody says otherwise, and the most. */
const RATE = 5;
const FASTEST = 100;
/** Each to the trigger that got it first. */
const TO_OWN = ':own';

/** `trigger` or `url`, or neither: the trigger that got it first; `rate` deliveries a second. */
export interface IWhereTo {
  trigger?: string;
  url?: string;
  rate: number;
}

interface IChosen {
  to: string;
  url: string;
  rate: string;
}

/** What was chosen; null where the user cancels. */
export async function askWhereTo(
  deliveries: readonly IDelivery[],
  automation: IAutomation
): Promise<IWhereTo | null> {
  const { trans } = automation;
  const form = new WhereTo(deliveries, automation);
  const answer = await new Dialog({
    title: trans._n('Replay %1 delivery', 'Replay %1 deliveries', deliveries.length),
    body: form,
    focusNodeSelector: '.na-RunForm select',
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Replay') })]
  }).launch();
  if (!answer.button.accept || !answer.value) {
    return null;
  }
  const { to, url, rate } = answer.value;
  const fast = Math.min(FASTEST, Number(rate));
  return {
    ...(to === TO_URL ? { url: url.trim() } : to === TO_OWN ? {} : { trigger: to }),
    rate: fast > 0 ? fast : RATE
  };
}

class WhereTo extends ReactWidget implements Dialog.IBodyWidget<IChosen> {
  constructor(
    private readonly _deliveries: readonly IDelivery[],
    private readonly _automation: IAutomation
  ) {
    super();
    this.addClass('na-RunForm');
    const own = _deliveries.every(({ trigger_id }) => trigger_id !== null);
    this._chosen = { to: own ? TO_OWN : '', url: 'http://localhost:8000/', rate: String(RATE) };
  }

  getValue(): IChosen {
    return this._chosen;
  }

  protected override render(): JSX.Element {
    return (
      <WhereToFields
        hasOwn={this._deliveries.some(({ trigger_id }) => trigger_id !== null)}
        initial={this._chosen}
        automation={this._automation}
        onChange={chosen => {
          this._chosen = chosen;
        }}
      />
    );
  }

  private _chosen: IChosen;
}

function WhereToFields(props: {
  hasOwn: boolean;
  initial: IChosen;
  automation: IAutomation;
  onChange: (chosen: IChosen) => void;
}): JSX.Element {
  const { hasOwn, automation, onChange } = props;
  const { trans } = automation;
  const refs = useTriggers(automation, null);
  const [given, setGiven] = React.useState(props.initial);
  const offered: (readonly [string, string])[] = [
    ...(hasOwn ? [[TO_OWN, trans.__('Each to its own trigger')] as const] : []),
    ...refs.map(ref => [ref, ref] as const),
    [TO_URL, trans.__('A program on the server’s machine')]
  ];
  const chosen = { ...given, to: given.to || offered[0][0] };
  // Also what nobody has touched is what is shown.
  React.useEffect(() => onChange(chosen));
  const change = (patch: Partial<IChosen>): void => setGiven({ ...given, ...patch });
  return (
    <div className="na-Form">
      <SelectField
        label={trans.__('Replay to')}
        value={chosen.to}
        options={offered}
        onChange={to => change({ to })}
      />
      {chosen.to === TO_URL && (
        <TextField
          label={trans.__('Its address')}
          value={chosen.url}
          code
          help={trans.__('localhost or 127.0.0.1 alone')}
          onChange={url => change({ url })}
        />
      )}
      <TextField
        label={trans.__('At most so many a second')}
        type="number"
        min={1}
        max={FASTEST}
        value={chosen.rate}
        onChange={rate => change({ rate })}
      />
    </div>
  );
}
