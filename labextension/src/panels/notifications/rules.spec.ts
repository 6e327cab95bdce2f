import { linesOf, recipientsOf, rulesOf } from './rules';

describe('who hears of what', () => {
  it('is read as it was written', () => {
    const rules = [
      { on: ['failed', 'late'] as const, to: ['email:ana', 'panel'], report: [], if: null },
      {
        on: ['completed'] as const,
        to: ['slack:SLACK_URL'],
        report: ['email'] as const,
        if: 'result.a == "x if y"'
      }
    ].map(rule => ({ ...rule, on: [...rule.on], report: [...rule.report] }));
    const lines = linesOf(rules);
    expect(lines).toBe(
      'failed, late: email:ana, panel\ncompleted: slack:SLACK_URL with report email if result.a == "x if y"'
    );
    expect(rulesOf(lines)).toEqual(rules);
    expect(recipientsOf(lines)).toEqual(['email:ana', 'panel', 'slack:SLACK_URL']);
  });

  it('is what the server shall judge where it says nothing', () => {
    expect(rulesOf('\n failed \n')).toEqual([{ on: ['failed'], to: [], report: [], if: null }]);
    expect(rulesOf('')).toEqual([]);
  });
});
