/** What a cell has shown: pictures and text as they are, HTML in a sandbox. */
import * as React from 'react';

import { INotebookOutput } from '../../api/inquiry-shown';
import { toJson } from '../../api/json';
import { Prose } from '../../parts/prose';
import { SandboxFrame } from '../../parts/sandbox-frame';
import { Traceback } from '../../parts/traceback';
import { IAutomation } from '../../tokens';
import { joined } from './rows';

/** Pictures that cannot run anything, also not as a file of their own. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
/** From the richest on; what is not named here is not drawn. */
const ORDER = [
  'text/html',
  'image/svg+xml',
  ...PICTURES,
  'text/markdown',
  'application/json',
  'text/plain'
];

export function Outputs(props: {
  outputs: readonly INotebookOutput[];
  automation: IAutomation;
}): JSX.Element | null {
  const { outputs, automation } = props;
  if (outputs.length === 0) {
    return null;
  }
  return (
    <div className="na-Outputs">
      {outputs.map((output, index) => (
        <Output key={index} output={output} automation={automation} />
      ))}
    </div>
  );
}

function Output(props: { output: INotebookOutput; automation: IAutomation }): JSX.Element | null {
  const { output, automation } = props;
  const { trans, rendermime } = automation;
  if (output.output_type === 'stream') {
    return (
      <Traceback
        text={joined(output.text)}
        label={trans.__('Printed text')}
        rendermime={rendermime}
      />
    );
  }
  if (output.output_type === 'error') {
    const text = output.traceback?.join('\n') || `${output.ename}: ${output.evalue}`;
    return <Traceback text={text} label={trans.__('Traceback')} rendermime={rendermime} />;
  }
  const data = output.data ?? {};
  const type = ORDER.find(name => data[name] !== undefined && data[name] !== null);
  return type ? <Data type={type} value={data[type]} automation={automation} /> : null;
}

function Data(props: { type: string; value: unknown; automation: IAutomation }): JSX.Element {
  const { type, value, automation } = props;
  const { trans, rendermime } = automation;
  const label = trans.__('Output');
  if (type === 'application/json') {
    return <Traceback text={toJson(value, 2)} label={label} rendermime={rendermime} />;
  }
  const text = joined(value as string | string[]);
  if (PICTURES.includes(type)) {
    return <img src={`data:${type};base64,${text.replace(/\s/g, '')}`} alt={label} />;
  }
  switch (type) {
    case 'image/svg+xml':
      // As a picture, in which no script runs.
      return <img src={`data:${type};charset=utf-8,${encodeURIComponent(text)}`} alt={label} />;
    case 'text/html':
      return <SandboxFrame html={text} title={label} />;
    case 'text/markdown':
      return <Prose text={text} rendermime={rendermime} />;
    default:
      return <Traceback text={text} label={label} rendermime={rendermime} />;
  }
}
