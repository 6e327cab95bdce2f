/** The report of a trigger: as the API says it, `html,pdf,no-code`, as the form does, and in words. */
import { TranslationBundle } from '@jupyterlab/translation';

const FORMATS = ['html', 'pdf'];
const NO_CODE = 'no-code';

export interface IReport {
  /** `html`, `pdf` or `html,pdf`; '' for none. */
  report: string;
  /** Whether it shows no code. */
  reportWithoutCode: boolean;
}

/** What the form says of a report as the API has it. */
export function reportOf(report: string | null): IReport {
  const said = report?.split(',') ?? [];
  return {
    report: FORMATS.filter(format => said.includes(format)).join(','),
    reportWithoutCode: said.includes(NO_CODE)
  };
}

/** The report that the form says, as the API takes it. */
export function asReport({ report, reportWithoutCode }: IReport): string | null {
  return report === '' ? null : reportWithoutCode ? `${report},${NO_CODE}` : report;
}

/** `HTML, PDF, without code`. */
export function reportWords(report: string, trans: TranslationBundle): string {
  return report
    .split(',')
    .map(word => (word === NO_CODE ? trans.__('without code') : word.toUpperCase()))
    .join(', ');
}
