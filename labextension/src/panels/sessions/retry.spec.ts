import { IOpenDocuments } from '../../documents';
import { FakeClient } from '../../testing/client';
import { aSession } from '../../testing/sessions';
import { aTrigger } from '../../testing/triggers';
import { retry } from './retry';

describe('retry', () => {
  const client = new FakeClient({
    'GET triggers/:id': () => aTrigger('trg_1', { call: 'lib/renamed.py:main' }),
    'GET projects/:id': () => ({ path: 'sales' }),
    'POST sessions/:id/retry': (body: { files: string }) => aSession(`ses_of_${body.files}`)
  });
  const save = jest.fn(() => Promise.resolve());
  const documents: IOpenDocuments = { isUnsaved: () => true, save };

  beforeEach(() => save.mockReset());

  it('saves nothing where the files are the same', async () => {
    expect((await retry(client, documents, aSession('ses_1'), 'same')).id).toBe('ses_of_same');
    expect(save).not.toHaveBeenCalled();
  });

  it("saves what the session's trigger calls now, and what goes along", async () => {
    expect((await retry(client, documents, aSession('ses_1'), 'current')).id).toBe(
      'ses_of_current'
    );
    expect(save).toHaveBeenCalledWith('sales/lib/renamed.py', 'sales');
  });

  it('saves what it called itself where it has no trigger', async () => {
    const session = aSession('ses_1', { trigger_id: null, call: 'report.ipynb:pay' });
    await retry(client, documents, session, 'current');
    expect(save).toHaveBeenCalledWith('sales/report.ipynb', 'sales');
  });

  it('starts nothing where changes could not be saved', async () => {
    save.mockRejectedValue(new Error('It could not be saved.'));
    await expect(retry(client, documents, aSession('ses_1'), 'current')).rejects.toThrow('saved');
    expect(client.requests.filter(request => request.endsWith('retry'))).toHaveLength(3);
  });
});
