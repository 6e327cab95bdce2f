/** What is to run of the times that are chosen, and how; what that would be, before it is begun. */
import * as React from 'react';

import { SelectField, TextField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { BackfillModel, IWish, Which } from './model';

export function WishForm(props: { model: BackfillModel; automation: IAutomation }): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const { wish, plan, selection } = model;
  const [busy, run] = useBusy();
  if (selection.length === 0) {
    return (
      <p className="na-Dim">
        {trans.__('Click a time to choose it, and another one with Shift to choose all between.')}
      </p>
    );
  }
  return (
    <section className="na-Backfill-wish" aria-label={trans.__('Backfill')}>
      <div className="na-Backfill-fields">
        <SelectField<Which>
          label={trans.__('Run')}
          value={wish.which}
          options={[
            ['usual', trans.__('what is missing, failed or was cancelled')],
            ['missing', trans.__('what is missing')],
            ['failed', trans.__('what failed')],
            ['all', trans.__('all of them, also what was completed')]
          ]}
          onChange={which => model.setWish({ which })}
        />
        <TextField
          label={trans.__('At once')}
          type="number"
          min={1}
          max={200}
          value={String(wish.at_once)}
          onChange={text => model.setWish({ at_once: Math.min(200, Math.max(1, +text || 1)) })}
        />
        <SelectField<IWish['order']>
          label={trans.__('Order')}
          value={wish.order}
          options={[
            ['oldest', trans.__('the oldest first')],
            ['newest', trans.__('the newest first')]
          ]}
          onChange={order => model.setWish({ order })}
        />
      </div>
      {model.problem && <Banner tone="bad">{model.problem}</Banner>}
      <div className="na-Actions">
        <Button
          accept
          disabled={busy || !plan || plan.total === 0}
          onClick={() => void run(() => attempt(() => model.start()))}
        >
          {trans.__('Backfill')}
        </Button>
        <Button onClick={() => model.choose(null)}>{trans.__('Choose none')}</Button>
        <span role="status" className="na-Dim na-Backfill-plan">
          {plan && trans.__('%1 of %2 chosen times would run.', plan.total, selection.length)}
        </span>
      </div>
    </section>
  );
}
