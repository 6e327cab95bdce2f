import { runsItsNotebook } from './save-before-magics';

describe('runsItsNotebook', () => {
  it.each([
    ['%trigger nightly --every 1h', true],
    ['%%trigger orders --webhook\nprint(1)', true],
    ['x = 1\n  %automation run nightly', true],
    ['%automation list', false],
    ['%triggers', false],
    ['print("%trigger")', false],
    ['', false]
  ])('%j', (source, runs) => {
    expect(runsItsNotebook(source)).toBe(runs);
  });
});
