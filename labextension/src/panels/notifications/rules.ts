/** Who hears of what, as it is typed: `failed, late: email:ana with report email, html if result.count > 5`. */
import { INotifyRule } from '../../api/notifications';

const CONDITION = /\s+if\s+/;
const REPORT = /\s+with report\s+/;

/** The lines that say `rules`. */
export function linesOf(rules: readonly INotifyRule[]): string {
  return rules
    .map(({ on, to, report = [], if: condition }) => {
      const carried = report.length > 0 ? ` with report ${report.join(', ')}` : '';
      return `${on.join(', ')}: ${to.join(', ')}${carried}${condition ? ` if ${condition}` : ''}`;
    })
    .join('\n');
}

/** The rules that lines say; what is wrong in them is for the server to say. */
export function rulesOf(lines: string): INotifyRule[] {
  return lines
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .map(line => {
      const at = line.indexOf(':');
      const on = at < 0 ? line : line.slice(0, at);
      const rest = at < 0 ? '' : line.slice(at + 1);
      const [head, ...condition] = rest.split(CONDITION);
      const [to, report = ''] = head.split(REPORT);
      return {
        on: words(on) as INotifyRule['on'],
        to: words(to),
        report: words(report) as INotifyRule['report'],
        if: condition.length > 0 ? condition.join(' if ').trim() : null
      };
    });
}

/** The recipients that lines name, each once. */
export function recipientsOf(lines: string): string[] {
  return [...new Set(rulesOf(lines).flatMap(rule => rule.to))];
}

function words(text: string): string[] {
  return text
    .split(',')
    .map(word => word.trim())
    .filter(Boolean);
}
