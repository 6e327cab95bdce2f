import { nullTranslator } from '@jupyterlab/translation';

import { asReport, reportOf, reportWords } from './report';

describe('the report of a trigger', () => {
  it.each([
    [null, '', false],
    ['html', 'html', false],
    ['pdf,html', 'html,pdf', false],
    ['no-code,pdf', 'pdf', true]
  ])('%s is shown', (given, report, reportWithoutCode) => {
    expect(reportOf(given)).toEqual({ report, reportWithoutCode });
  });

  it.each([
    ['', true, null],
    ['html,pdf', false, 'html,pdf'],
    ['pdf', true, 'pdf,no-code']
  ])('of %s is sent', (report, reportWithoutCode, sent) => {
    expect(asReport({ report, reportWithoutCode })).toBe(sent);
  });

  it('is said in words', () => {
    const trans = nullTranslator.load('');
    expect(reportWords('html,pdf,no-code', trans)).toBe('HTML, PDF, without code');
  });
});
