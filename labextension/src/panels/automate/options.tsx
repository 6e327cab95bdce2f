/** The form's options of each run: what is kept of it, what limits it, who hears of it. */
import * as React from 'react';

import { CheckField, SelectField, TextField } from '../../forms/fields';
import { More } from '../../parts/more';
import { durableHelp } from '../sessions/words';
import { IBodyProps } from '../widget';
import { DaysOff } from './days-off';
import { EnvironmentFields } from './environment-fields';
import { Limits, Retries } from './limits';
import { AutomateModel } from './model';
import { NotifyFields } from './notify';
import { ReportFields } from './report-fields';

/** Suggestions for how long artifacts are kept. */
const RETENTIONS = ['7 days', '30 days', '90 days', '10 versions'];

/** Where the server refuses one of these, its field is unfolded. */
const FIELDS = [
  'keep',
  'tags',
  'skip_tags',
  'kernel_name',
  'env',
  'memory',
  'time_limit',
  'policy',
  'priority',
  'notify',
  'retry.max_attempts',
  'retry.base_delay'
] as const;

export function RunOptions({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <More
      title={trans.__('Report, artifacts, limits, retries and notifications')}
      open={FIELDS.some(field => model.refusalOf(field))}
    >
      <div className="na-Fields">
        <ReportFields model={model} automation={automation} />
        <TextField
          label={trans.__('Keep artifacts')}
          value={draft.keep}
          options={RETENTIONS}
          placeholder="30 days"
          error={model.refusalOf('keep')}
          help={trans.__('Like 30 days, 12 hours or 10 versions')}
          onChange={keep => model.update({ keep })}
        />
        <TextField
          label={trans.__('Tags')}
          value={draft.tags}
          placeholder="finance nightly"
          error={model.refusalOf('tags')}
          help={trans.__('Words by which it and its sessions are found')}
          onChange={tags => model.update({ tags })}
        />
        <TextField
          label={trans.__('Leave out cells tagged')}
          value={draft.skipTags}
          placeholder="slow plots"
          error={model.refusalOf('skip_tags')}
          help={trans.__('Cells with one of these tags are not run')}
          onChange={skipTags => model.update({ skipTags })}
        />
        <Limits model={model} automation={automation} />
        <Retries model={model} automation={automation} />
        <EnvironmentFields model={model} automation={automation} />
        <NotifyFields model={model} automation={automation} />
        <CheckField
          label={trans.__('Durable')}
          checked={draft.durable}
          help={durableHelp(trans)}
          onChange={durable => model.update({ durable })}
        />
        {draft.kind === 'schedule' && <DaysOff model={model} automation={automation} />}
        {draft.kind === 'schedule' && (
          <SelectField
            label={trans.__('After a time when nothing ran')}
            value={draft.catchUp}
            options={[
              ['once', trans.__('Run once for all that was missed')],
              ['all', trans.__('Run every one that was missed')],
              ['skip', trans.__('Record what was missed, run nothing')]
            ]}
            onChange={catchUp => model.update({ catchUp })}
          />
        )}
      </div>
    </More>
  );
}
