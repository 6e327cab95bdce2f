/** What the page of policies shows: those of a project, what waits for each, and a form that sets one. */
import * as React from 'react';

import { SelectField } from '../../forms/fields';
import { Empty, Trouble } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged, useNow } from '../../parts/hooks';
import { ACTIONS, LEAD } from '../../parts/rows';
import { Table } from '../../parts/table';
import { IBodyProps } from '../widget';
import { IPolicyDraft, NEW_POLICY, PolicyForm } from './form';
import { PoliciesModel } from './model';
import { PolicyRow } from './row';

/** How often times are said anew, in milliseconds. */
const PACE = 20000;

export default function PoliciesBody(props: IBodyProps<PoliciesModel>): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  useChanged(model);
  const now = useNow(PACE);
  const [draft, setDraft] = React.useState<IPolicyDraft>(NEW_POLICY);
  const headings = [
    LEAD,
    { label: trans.__('Name') },
    { label: trans.__('Run'), className: 'na-Policies-count' },
    { label: trans.__('Wait'), className: 'na-Policies-count' },
    ACTIONS
  ];
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{trans.__('Policies')}</h1>
        {model.projects.length > 0 && (
          <SelectField
            label={trans.__('Project')}
            value={model.project}
            options={model.projects.map(({ name }) => [name, name] as const)}
            onChange={project => {
              setDraft(NEW_POLICY);
              void model.choose(project);
            }}
          />
        )}
      </div>
      <Trouble model={model} trans={trans} />
      {model.project && <PolicyForm {...props} draft={draft} onDraft={setDraft} />}
      {model.policies.length > 0 && (
        <Table
          label={trans.__('Policies')}
          className="na-Policies"
          headings={headings}
          busy={model.loading}
          trans={trans}
        >
          {model.policies.map(policy => (
            <PolicyRow
              key={policy.name}
              {...props}
              policy={policy}
              now={now}
              onEdit={() =>
                setDraft({
                  name: policy.name,
                  limit: policy.policy.written,
                  call: policy.call ?? ''
                })
              }
            />
          ))}
        </Table>
      )}
      {model.settled && model.policies.length === 0 && <NoPolicies {...props} />}
    </div>
  );
}

function NoPolicies({ model, automation }: IBodyProps<PoliciesModel>): JSX.Element {
  const { trans } = automation;
  return (
    <Empty
      title={
        model.project
          ? trans.__('%1 has no policies: any number of its sessions may run', model.project)
          : trans.__('No project yet')
      }
    >
      <p>
        {trans.__(
          'A policy of a project limits the sessions of one file, or of all, however they were started. Set one above, or in a cell:'
        )}
      </p>
      <CopyLine text="%automation policy set calm 3" label={trans.__('policy')} trans={trans} />
    </Empty>
  );
}
