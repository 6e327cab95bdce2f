/** Lines that were taken out, put in, or stayed. */
import * as React from 'react';

/** A sign is `=`, `+`, `-`, or `…` where lines are left out. */
export function LineDiff(props: {
  lines: readonly (readonly [sign: string, text: string])[];
  label: string;
}): JSX.Element {
  return (
    <pre className="na-Diff" tabIndex={0} aria-label={props.label}>
      {props.lines.map(([sign, text], index) => (
        <Line key={index} sign={sign} text={text} />
      ))}
    </pre>
  );
}

function Line({ sign, text }: { sign: string; text: string }): JSX.Element {
  // What is read aloud, and copied, has the sign as well.
  const shown = `${sign === '=' ? ' ' : sign} ${text.replace(/\n$/, '')}\n`;
  switch (sign) {
    case '+':
      return <ins>{shown}</ins>;
    case '-':
      return <del>{shown}</del>;
    default:
      return <span data-sign={sign}>{shown}</span>;
  }
}
