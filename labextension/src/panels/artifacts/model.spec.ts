import { anArtifact } from '../../testing';
import { grouped, isWebAddress } from './model';

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
