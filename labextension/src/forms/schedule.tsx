/** The fields that say when a schedule fires, in words first and as cron for those who prefer it. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { localZone } from '../parts/times';
import { SelectField, TextField } from './fields';
import { IRhythm, RhythmKind, asCron, zones } from './rhythm';

/** A Sunday: the first of seven days from which the weekdays' names are taken. */
const SUNDAY = Date.UTC(2023, 0, 1);
const DAY = 24 * 3600 * 1000;

function weekdays(): [string, string][] {
  const name = new Intl.DateTimeFormat(undefined, { weekday: 'long', timeZone: 'UTC' });
  return [1, 2, 3, 4, 5, 6, 0].map(day => [String(day), name.format(SUNDAY + day * DAY)]);
}

export function ScheduleFields(props: {
  rhythm: IRhythm;
  timezone: string;
  error: string | null;
  zoneError: string | null;
  trans: TranslationBundle;
  onRhythm: (patch: Partial<IRhythm>) => void;
  onTimezone: (timezone: string) => void;
}): JSX.Element {
  const { rhythm, trans, onRhythm, error } = props;
  const known = React.useMemo(zones, []);
  const days = React.useMemo(weekdays, []);
  const kinds: [RhythmKind, string][] = [
    ['hourly', trans.__('Every hour')],
    ['daily', trans.__('Every day')],
    ['weekdays', trans.__('Monday to Friday')],
    ['weekly', trans.__('Every week')],
    ['monthly', trans.__('Every month')],
    ['every', trans.__('At an interval')],
    ['once', trans.__('Once')],
    ['cron', trans.__('By a cron line')]
  ];
  const timed = ['daily', 'weekdays', 'weekly', 'monthly'].includes(rhythm.kind);
  return (
    <div className="na-Fields na-mod-row">
      <SelectField
        label={trans.__('Repeat')}
        value={rhythm.kind}
        options={kinds}
        onChange={kind =>
          // The cron line starts from what was chosen in words.
          onRhythm(kind === 'cron' ? { kind, cron: asCron(rhythm) } : { kind })
        }
      />
      {rhythm.kind === 'hourly' && (
        <TextField
          label={trans.__('Minute')}
          type="number"
          min={0}
          max={59}
          value={String(rhythm.minute)}
          onChange={text => onRhythm({ minute: Number(text) })}
        />
      )}
      {rhythm.kind === 'weekly' && (
        <SelectField
          label={trans.__('Day')}
          value={String(rhythm.weekday)}
          options={days}
          onChange={day => onRhythm({ weekday: Number(day) })}
        />
      )}
      {rhythm.kind === 'monthly' && (
        <TextField
          label={trans.__('Day of the month')}
          type="number"
          min={1}
          max={31}
          value={String(rhythm.date)}
          onChange={text => onRhythm({ date: Number(text) })}
        />
      )}
      {timed && (
        <TextField
          label={trans.__('Time')}
          type="time"
          value={rhythm.time}
          onChange={time => onRhythm({ time: time || '00:00' })}
        />
      )}
      {rhythm.kind === 'every' && (
        <TextField
          label={trans.__('Interval')}
          value={rhythm.every}
          code
          options={['30s', '5m', '15m', '1h', '6h', '1d', '1w']}
          error={error}
          help={trans.__('Like 90s, 15m, 6h or 1d')}
          onChange={every => onRhythm({ every })}
        />
      )}
      {rhythm.kind === 'once' && (
        <TextField
          label={trans.__('Date and time')}
          type="datetime-local"
          value={rhythm.at}
          error={rhythm.at ? error : null}
          onChange={at => onRhythm({ at })}
        />
      )}
      {rhythm.kind === 'cron' && (
        <TextField
          label={trans.__('Cron line')}
          value={rhythm.cron}
          code
          error={error}
          help={trans.__('Minute, hour, day, month, weekday; names, ranges, steps; @hourly')}
          onChange={cron => onRhythm({ cron })}
        />
      )}
      {rhythm.kind !== 'every' && (
        <TextField
          label={trans.__('Time zone')}
          value={props.timezone}
          options={known}
          error={props.zoneError}
          help={
            props.timezone === localZone() ? null : trans.__('This browser is in %1', localZone())
          }
          onChange={props.onTimezone}
        />
      )}
    </div>
  );
}
