/** The tests of a filter, what each came to, and the values that it saw. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { toJson } from '../api/json';

interface IClause {
  text: string;
  result: boolean | null;
  error: string | null;
  values: { [name: string]: unknown };
}

export function Clauses(props: {
  clauses: readonly IClause[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { clauses, trans } = props;
  if (clauses.length === 0) {
    return null;
  }
  return (
    <ul className="na-Clauses">
      {clauses.map((clause, index) => (
        <li key={index} data-result={String(clause.result)}>
          <code>{clause.text}</code>
          <strong>{resultLabel(clause.result, trans)}</strong>
          <span className="na-Dim">
            {clause.error ??
              Object.entries(clause.values)
                .map(([name, value]) => `${name} = ${toJson(value)}`)
                .join(', ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function resultLabel(result: boolean | null, trans: TranslationBundle): string {
  return result === null ? trans.__('error') : result ? trans.__('true') : trans.__('false');
}
