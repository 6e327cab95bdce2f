import { ApiError } from '../../api/request';
import { FakeClient } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aTrigger } from '../../testing/triggers';
import { suggestedName } from './draft';
import { AutomateModel } from './model';

describe('suggestedName', () => {
  it.each([
    ['sales/Weekly Report (v2).ipynb', 'weekly-report-v2'],
    ['Überblick.ipynb', 'u-berblick'],
    ['_.ipynb', 'notebook'],
    ['a.b.ipynb', 'a.b']
  ])('%s', (path, name) => {
    expect(suggestedName(path)).toBe(name);
  });
});

describe('AutomateModel', () => {
  const preview = jest.fn();
  const create = jest.fn();
  const update = jest.fn();
  const get = jest.fn();
  const setSecret = jest.fn();
  const client = new FakeClient({
    'POST triggers/preview': preview,
    'POST triggers': create,
    'PATCH triggers/:id': update,
    'GET triggers/:id': get,
    'PUT projects/:id/variables/HOOK': setSecret,
    'GET status': () => ({ timezone: 'Europe/Vienna' }),
    'GET triggers': () => ({ items: [aTrigger('load'), aTrigger('x')], next_cursor: null }),
    'GET projects/inspect': () => ({
      path: 'sales/report.ipynb',
      project: 'sales',
      kernel_name: 'python3',
      language: 'python',
      parameters: [
        { name: 'region', default: 'emea', type: 'string', help: '', required: false },
        { name: 'limit', default: 10, type: 'integer', help: '', required: false }
      ],
      handlers: ['pull_requests'],
      has_parameters_cell: true,
      warnings: []
    })
  });
  const make = async (subject: { path?: string; trigger?: string }): Promise<AutomateModel> => {
    const model = new AutomateModel(client, TestFeed.live(), subject);
    model.setActive(true);
    await pass();
    return model;
  };

  beforeEach(() => {
    preview.mockReset().mockResolvedValue(aTrigger('p', { next_fires: ['2026-01-02T00:00:00Z'] }));
    create.mockReset();
    update.mockReset();
    get.mockReset();
    setSecret.mockReset().mockResolvedValue({});
  });

  it('makes a schedule of what is filled in', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    expect(model.draft.timezone).toBe('Europe/Vienna');
    model.update({
      timezone: 'Europe/Berlin',
      parameters: { ...model.draft.parameters, limit: '5' },
      report: 'html,pdf',
      reportWithoutCode: true,
      keep: ' 30 days ',
      tags: 'finance, nightly',
      timeLimit: '2'
    });
    expect(model.body()).toEqual({
      name: 'report',
      type: 'schedule',
      schedule: {
        cron: '0 6 * * *',
        every: null,
        at: null,
        timezone: 'Europe/Berlin',
        catch_up: 'once'
      },
      event_type: null,
      after: null,
      artifact: null,
      files: null,
      filter: null,
      warm: false,
      is_sync: false,
      sync_time: null,
      signature: null,
      parameters: { limit: 5 },
      mapping: {},
      report: 'html,pdf,no-code',
      keep: '30 days',
      tags: ['finance', 'nightly'],
      skip_tags: [],
      kernel_name: null,
      env: {},
      memory: null,
      time_limit: 120,
      is_durable: false,
      retry: null,
      policy: null,
      priority: 0,
      notify: null,
      notebook: 'sales/report.ipynb',
      handler: undefined
    });
    model.dispose();
  });

  it('says under which field an error of the server stands', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    const refuse = async (field: string, code = 'trigger_invalid'): Promise<void> => {
      preview.mockRejectedValue(new ApiError(`No: ${field}`, 400, code, field ? [{ field }] : []));
      model.update({});
      await pass(1000);
    };
    await refuse('keep');
    expect(model.refusalOf('keep')).toBe('No: keep');
    expect(model.refusalOf('schedule')).toBeNull();
    expect(model.generalRefusal).toBeNull();
    await refuse('notify[0].if', 'filter_invalid');
    expect(model.refusalOf('notify')).toBe('No: notify[0].if');
    await refuse('collect.batch', 'collect_invalid');
    expect(model.refusalOf('collect')).toBe('No: collect.batch');
    await refuse('collect.key', 'filter_invalid');
    expect(model.refusalOf('collect.key')).toBe('No: collect.key');
    await refuse('cron', 'schedule_invalid');
    expect(model.refusalOf('schedule')).toBe('No: cron');
    await refuse('timezone', 'schedule_invalid');
    expect(model.refusalOf('timezone')).toBe('No: timezone');
    await refuse('mapping.region');
    expect(model.refusalOf('mapping.region')).toBe('No: mapping.region');
    await refuse('parameters.limit');
    expect(model.parameterErrors).toEqual({ limit: 'No: parameters.limit' });
    for (const elsewhere of ['', 'max_body', 'mapping.gone']) {
      await refuse(elsewhere);
      expect(model.generalRefusal).toBe(`No: ${elsewhere}`);
    }
    create.mockRejectedValue(
      new ApiError('It is taken.', 409, 'trigger_exists', [{ field: 'name' }])
    );
    await expect(model.save()).rejects.toThrow('It is taken.');
    expect(model.refusalOf('name')).toBe('It is taken.');
    model.dispose();
  });

  it('says how long the caller of a webhook waits, where it waits', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ kind: 'webhook', syncTime: '90' });
    expect(model.body()).toMatchObject({ is_sync: false, sync_time: null });
    model.update({ isSync: true });
    expect(model.body()).toMatchObject({ is_sync: true, sync_time: 90 });
    model.update({ syncTime: ' ' });
    expect(model.body()).toMatchObject({ is_sync: true, sync_time: null });
    model.dispose();
  });

  it('takes from the event what is mapped, for a webhook only', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ mapping: { limit: 'data.json.limit', region: ' ' }, handler: 'pull_requests' });
    expect(model.body().mapping).toEqual({});
    model.update({ kind: 'webhook', parameters: { region: 'apac', limit: 'rubbish' } });
    expect(model.body()).toMatchObject({
      type: 'webhook',
      schedule: null,
      handler: 'pull_requests',
      parameters: { region: 'apac' },
      mapping: { limit: 'data.json.limit' }
    });
    expect(model.canSave).toBe(true);
    model.dispose();
  });

  it('collects events, unless the caller of a webhook waits', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ kind: 'webhook', collect: 'batch', seconds: '60', key: ' data.json.id ' });
    expect(model.body()).toMatchObject({ collect: { batch: 60, key: 'data.json.id' } });
    model.update({ isSync: true });
    expect(model.body()).toMatchObject({ collect: null });
    model.update({ kind: 'schedule' });
    expect(model.body()).not.toHaveProperty('collect');
  });

  it('keeps of a collection what the form has no field for', async () => {
    const collect = { debounce: 10, batch: null, key: null, at_most: 60, max_events: 5 };
    get.mockResolvedValue(aTrigger('t', { type: 'event', event_type: 'x', collect }));
    const model = await make({ trigger: 't' });
    expect(model.draft).toMatchObject({ collect: 'debounce', seconds: '10', key: '' });
    expect(model.body()).toMatchObject({
      collect: { debounce: 10, key: null, at_most: 60, max_events: 5 }
    });
  });

  it('stores the value of the secret with the trigger, and keeps it out of all else', async () => {
    const signature = { preset: 'stripe', title: 'Stripe', secret: 'HOOK', old_secret: null };
    const stored = aTrigger('trg_1', {
      type: 'webhook',
      signature: { ...signature, secrets_live: 0 } as never
    });
    create.mockResolvedValue(stored);
    get.mockResolvedValue({ ...stored, signature: { ...signature, secrets_live: 1 } });
    setSecret.mockRejectedValueOnce(new ApiError('Not now.', 503, 'unavailable', []));
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ kind: 'webhook', signer: 'stripe', secretName: 'HOOK', secretValue: 's3cret' });
    expect(JSON.stringify(model.body())).not.toContain('s3cret');
    await expect(model.save()).rejects.toThrow('Not now.');
    // The trigger is there by now: it is changed, not made once more.
    update.mockResolvedValue(stored);
    expect((await model.save()).signature?.secrets_live).toBe(1);
    expect(create).toHaveBeenCalledTimes(1);
    expect(setSecret).toHaveBeenCalledTimes(2);
    expect(setSecret.mock.lastCall).toEqual([{ value: 's3cret', secret: true }, 'prj_1']);
    expect(model.draft.secretValue).toBe('');
    model.dispose();
  });

  it('asks who signs a webhook, and keeps what the form has no field for', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ signer: 'stripe', secretName: ' HOOK ' });
    expect(model.body().signature).toBeNull();
    model.update({ kind: 'webhook' });
    expect(model.body().signature).toEqual({ preset: 'stripe', secret: 'HOOK', old_secret: null });
    model.dispose();
    const signature = {
      preset: 'slack',
      title: 'Slack',
      secret: 'HOOK',
      old_secret: 'OLD',
      secrets_live: 2,
      tolerance: '10 min'
    } as const;
    get.mockResolvedValue(aTrigger('trg_1', { type: 'webhook', signature }));
    const edited = await make({ trigger: 'trg_1' });
    expect(edited.draft).toMatchObject({ signer: 'slack', secretName: 'HOOK' });
    edited.update({ oldSecretName: '' });
    expect(edited.body().signature).toEqual({ ...signature, old_secret: null });
    edited.update({ signer: '' });
    expect(edited.body().signature).toBeNull();
    edited.dispose();
  });

  it('knows days off, and keeps dates and a file that were set elsewhere', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ holidays: ' DE-BE ', workingDays: 'MON-FRI', ifOff: 'next' });
    expect(model.body().schedule).toMatchObject({
      calendar: { holidays: 'DE-BE', working_days: 'MON-FRI', dates: [], if_off: 'next' }
    });
    model.dispose();
    const calendar = {
      holidays: null,
      working_days: ['MON', 'TUE', 'WED', 'THU', 'FRI'],
      dates: ['2026-12-24'],
      ics: 'off.ics',
      if_off: 'skip' as const
    };
    const schedule = {
      cron: '0 6 * * *',
      every: null,
      at: null,
      timezone: 'UTC',
      jitter: 0,
      catch_up: 'once' as const,
      calendar,
      description: ''
    };
    get.mockResolvedValue(aTrigger('trg_1', { type: 'schedule', schedule }));
    const edited = await make({ trigger: 'trg_1' });
    expect(edited.draft).toMatchObject({ holidays: '', workingDays: 'MON-FRI', ifOff: 'skip' });
    edited.update({ workingDays: '' });
    expect(edited.body().schedule).toMatchObject({
      calendar: { working_days: null, dates: ['2026-12-24'], ics: 'off.ics' }
    });
    edited.dispose();
  });

  it('follows sessions, watches files and artifacts, and listens to events', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    expect(model.triggerNames).toEqual(['load', 'x']);
    model.update({ kind: 'session', after: 'load, clean.ipynb,', ends: 'failed', within: '90' });
    const statuses = ['failed', 'timeout', 'abandoned'];
    const after = { of: ['load', 'clean.ipynb'], statuses, within: 5400 };
    expect(model.body()).toMatchObject({ type: 'session', after, files: null, schedule: null });
    model.update({ after: 'load' });
    expect(model.body().after).toEqual({ of: ['load'], statuses, within: null });
    model.update({ kind: 'file', files: 'data/*.csv', fileChanges: ['deleted'] });
    expect(model.body().files).toEqual({ paths: ['data/*.csv'], on: ['deleted'] });
    model.update({ kind: 'artifact', artifact: ' load/table.csv ' });
    expect(model.body().artifact).toEqual({ ref: 'load/table.csv', changed: true });
    model.update({ kind: 'event', eventType: 'paid' });
    expect(model.body()).toMatchObject({ event_type: 'paid', after: null, artifact: null });
    model.dispose();
    const own = { of: ['a', 'b'], statuses: ['timeout'], within: 60, description: 'after …' };
    get.mockResolvedValue(aTrigger('trg_1', { type: 'session', after: own as never }));
    const edited = await make({ trigger: 'trg_1' });
    expect(edited.draft).toMatchObject({ after: 'a, b', ends: 'own', within: '1' });
    expect(edited.body().after).toEqual({ of: ['a', 'b'], statuses: ['timeout'], within: 60 });
    edited.dispose();
  });

  it("shows the server's next fires, or why it would refuse", async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    await pass(400);
    expect(model.preview?.next_fires).toHaveLength(1);
    preview.mockRejectedValue(new Error('There is no day 32.'));
    model.update({ rhythm: { ...model.draft.rhythm, kind: 'cron', cron: '0 0 32 * *' } });
    await pass(400);
    expect(model.refusal).toBe('There is no day 32.');
    expect(model.preview).toBeNull();
    expect(model.canSave).toBe(false);
    model.dispose();
  });

  it('does not save a parameter that cannot be read', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ parameters: { ...model.draft.parameters, limit: 'many' } });
    expect(model.canSave).toBe(false);
    model.dispose();
  });

  it('leaves a trigger of another type what it is', async () => {
    get.mockResolvedValue(
      aTrigger('trg_1', { type: 'event', event_type: 'x', filter: 'data.n > 1' })
    );
    const model = await make({ trigger: 'trg_1' });
    expect(model.body()).toMatchObject({ type: 'event', filter: 'data.n > 1', schedule: null });
    model.dispose();
  });

  it('limits how many run as it is written, and keeps that', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ atMost: ' 1 by region ', priority: '5' });
    expect(model.body()).toMatchObject({ policy: '1 by region', priority: 5 });
    model.dispose();

    const policy = {
      threshold: 1,
      period: null,
      parameters: ['region'],
      method: 'cancel' as const,
      cancels: 'new' as const,
      text: 'at most 1 at once for each region',
      written: '1 by region, else cancel'
    };
    get.mockResolvedValue(aTrigger('trg_1', { policy, priority: 7 }));
    const edited = await make({ trigger: 'trg_1' });
    expect(edited.body()).toMatchObject({ policy: policy.written, priority: 7 });
    edited.dispose();
  });

  it('tries again as the form says, and keeps what it has no field for', async () => {
    const model = await make({ path: 'sales/report.ipynb' });
    model.update({ retries: '3', durable: true });
    const first = { max_attempts: 4, base_delay: null, max_delay: null };
    expect(model.body()).toMatchObject({ retry: first, is_durable: true });
    model.update({ retries: '0' });
    expect(model.body().retry).toBeNull();
    model.dispose();

    const retry = {
      max_attempts: 3,
      base_delay: 90,
      factor: 1,
      max_delay: 3600,
      jitter: 0,
      on: ['timeout' as const],
      if_lost: true
    };
    get.mockResolvedValue(aTrigger('trg_1', { retry, is_durable: true }));
    const edited = await make({ trigger: 'trg_1' });
    expect(edited.draft).toMatchObject({ retries: '2', retryDelay: '1.5', durable: true });
    expect(edited.body()).toMatchObject({ retry, is_durable: true });
    edited.update({ retryDelay: '90' });
    expect(edited.body().retry).toEqual({ ...retry, base_delay: 5400, max_delay: 5400 });
    edited.dispose();
  });

  it('changes a trigger in place, and keeps what it calls', async () => {
    const trigger = aTrigger('trg_1', {
      type: 'webhook',
      call: 'reports/report.ipynb:pull_requests',
      notebook: 'sales/reports/report.ipynb',
      parameters: { limit: 3 },
      mapping: { region: 'data.json.region' }
    });
    get.mockResolvedValue(trigger);
    const model = await make({ trigger: 'trg_1' });
    expect(model.draft).toMatchObject({ kind: 'webhook', handler: 'pull_requests' });
    update.mockResolvedValue(trigger);
    await model.save();
    const body: unknown = update.mock.calls[0][0];
    expect(body).toMatchObject({
      call: 'reports/report.ipynb:pull_requests',
      parameters: { limit: 3 },
      mapping: { region: 'data.json.region' }
    });
    expect(body).not.toHaveProperty('notebook');
    expect(model.saved?.id).toBe('trg_1');
    model.dispose();
  });
});
