import { aSession } from '../testing/sessions';
import { share } from './progress';

describe('share', () => {
  it('counts the cells that are behind the current one', () => {
    expect(share(aSession('1', { current_cell: 0 }))).toBe(0);
    expect(share(aSession('1', { current_cell: 3 }))).toBe(0.5);
    expect(share(aSession('1', { total_cells: null }))).toBeNull();
  });

  it('is what the session reported, while it runs', () => {
    const progress = { value: 0.9, message: 'nearly' };
    expect(share(aSession('1', { progress }))).toBe(0.9);
    expect(share(aSession('1', { progress, status: 'failed', finished_at: 'x' }))).toBe(0);
    expect(share(aSession('1', { progress, status: 'completed', finished_at: 'x' }))).toBe(1);
  });
});
