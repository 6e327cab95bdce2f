/** What the page of a schedule's times shows: the squares, what would run of those chosen, its backfills. */
import * as React from 'react';

import { SelectField } from '../../forms/fields';
import { Button, Empty, Trouble } from '../../parts/controls';
import { useChanged, useNow } from '../../parts/hooks';
import { CommandIDs } from '../../tokens';
import { IBodyProps } from '../widget';
import { Backfills } from './backfills';
import { Grid, Key } from './grid';
import { BackfillModel, SPANS, Span } from './model';
import { WishForm } from './wish-form';

/** How often times are said anew, in milliseconds. */
const PACE = 20000;

export default function BackfillBody({
  model,
  automation
}: IBodyProps<BackfillModel>): JSX.Element {
  useChanged(model);
  const now = useNow(PACE);
  const { trans, commands } = automation;
  const { trigger } = model;
  const spans = SPANS.map(span => [span, spanWords(span)] as const);
  return (
    <div className="na-Page na-Backfill">
      <div className="na-Page-head">
        <div>
          <h1>{trans.__('Times of %1', trigger?.ref ?? model.key)}</h1>
          {trigger?.schedule && <p className="na-Dim">{trigger.schedule.description}</p>}
        </div>
        {trigger && (
          <Button
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'triggers', id: trigger.id })
            }
          >
            {trans.__('Its trigger')}
          </Button>
        )}
      </div>
      <Trouble model={model} trans={trans} />
      {model.span && (
        <div className="na-Backfill-range">
          <SelectField<Span>
            label={trans.__('Range')}
            value={model.span}
            options={spans}
            onChange={span => void model.setSpan(span)}
          />
          <Button disabled={model.ticks.length === 0} onClick={() => model.chooseAll()}>
            {trans.__('Choose all')}
          </Button>
        </div>
      )}
      {model.ticks.length > 0 ? (
        <>
          <Grid model={model} automation={automation} />
          <Key model={model} automation={automation} />
          <WishForm model={model} automation={automation} />
        </>
      ) : (
        model.settled && <Empty title={trans.__('The schedule has no times in this range')} />
      )}
      <Backfills model={model} now={now} automation={automation} />
    </div>
  );

  function spanWords(span: Span): string {
    const words: Record<Span, string> = {
      '13 weeks': trans.__('The last three months'),
      '5 weeks': trans.__('The last five weeks'),
      '7 days': trans.__('The last seven days'),
      '1 day': trans.__('The last day'),
      '3 hours': trans.__('The last three hours')
    };
    return words[span];
  }
}
