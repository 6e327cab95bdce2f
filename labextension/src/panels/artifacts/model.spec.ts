import { anArtifact, artifactChange } from '../../testing/artifacts';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { ArtifactsModel, grouped, isWebAddress } from './model';

describe('grouped', () => {
  it('gathers the artifacts of a session, in their order', () => {
    const groups = grouped([
      anArtifact('a'),
      anArtifact('b', { session_id: 'ses_2', trigger: null }),
      anArtifact('c'),
      anArtifact('d', { session_id: null })
    ]);
    expect(groups.map(group => [group.session, group.items.map(item => item.id)])).toEqual([
      ['ses_1', ['a', 'c']],
      ['ses_2', ['b']],
      [null, ['d']]
    ]);
  });
});

describe('isWebAddress', () => {
  it('lets no script become a link', () => {
    expect(isWebAddress('https://example.org')).toBe(true);
    expect(isWebAddress('javascript:alert(1)')).toBe(false);
    expect(isWebAddress('data:text/html,x')).toBe(false);
  });
});

describe('ArtifactsModel', () => {
  const list = jest.fn(() => page([]));
  let feed: TestFeed;
  let model: ArtifactsModel;
  const show = async (session: string): Promise<void> => {
    const client = new FakeClient({ 'GET artifacts': list, 'GET triggers': () => page([]) });
    model = new ArtifactsModel(client, feed, { session });
    model.setActive(true);
    await pass();
    list.mockClear();
  };

  beforeEach(() => {
    feed = TestFeed.live();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it.each(['created', 'deleted'] as const)(
    'is loaded again for an artifact that is %s in its session, not in another',
    async activity => {
      await show('ses_1');
      feed.send(artifactChange('ses_2', activity));
      feed.send(artifactChange(null, activity));
      await pass(500);
      expect(list).not.toHaveBeenCalled();
      feed.send(artifactChange('ses_1', activity));
      await pass(500);
      expect(list).toHaveBeenCalledTimes(1);
    }
  );

  it('is loaded again for every session where it is not limited to one', async () => {
    await show('');
    feed.send(artifactChange('ses_2'));
    await pass(500);
    expect(list).toHaveBeenCalledTimes(1);
  });
});
