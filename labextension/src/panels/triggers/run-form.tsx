/** The form of "Run now": parameters, the event's data, and how this run is run. */
import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IParameterField, Values } from '../../api/projects';
import { AreaField, CheckField, TextField } from '../../forms/fields';
import { ParameterFields } from '../../forms/parameters';
import { Drafts } from '../../forms/values';
import { Banner } from '../../parts/controls';
import { IAutomation } from '../../tokens';
import { durableHelp, priorityHelp } from '../sessions/words';

/** Keys of errors that belong to no parameter: no parameter has such a name. */
export const DATA = '';
export const WHOLE = '*';

/** What is typed. */
export interface IRun {
  drafts: Drafts;
  /** The event's data as JSON text. */
  data: string;
  durable: boolean;
  /** From 0, as text; '' for the usual. */
  priority: string;
}

/** What a run asks for. */
export interface IQuestion {
  name: string;
  /** What the dialog is called, and its button; *Run … now* where nothing is said. */
  title?: string;
  button?: string;
  fields: IParameterField[];
  /** Values that are filled in. */
  parameters: Values;
  /** An example of the event's data; null where there is no event. */
  placeholder: string | null;
  /** Whether to offer a durable run: a trigger says that itself. */
  offersDurable?: boolean;
  /** Whether to offer a priority of this run: what the field shows where there is none. */
  usualPriority?: number;
}

export class RunForm extends ReactWidget implements Dialog.IBodyWidget<IRun> {
  constructor(
    private readonly _automation: IAutomation,
    private readonly _question: IQuestion,
    private _run: IRun,
    private readonly _errors: Record<string, string>
  ) {
    super();
    this.addClass('na-RunForm');
  }

  getValue(): IRun {
    return this._run;
  }

  protected override render(): JSX.Element {
    return (
      <RunFields
        automation={this._automation}
        question={this._question}
        initial={this._run}
        errors={this._errors}
        onChange={run => {
          this._run = run;
        }}
      />
    );
  }
}

function RunFields(props: {
  automation: IAutomation;
  question: IQuestion;
  initial: IRun;
  errors: Record<string, string>;
  onChange: (run: IRun) => void;
}): JSX.Element {
  const { errors, onChange } = props;
  const { fields, placeholder, offersDurable, usualPriority } = props.question;
  const { trans } = props.automation;
  const [run, setRun] = React.useState(props.initial);
  const change = (patch: Partial<IRun>): void => {
    const next = { ...run, ...patch };
    setRun(next);
    onChange(next);
  };
  return (
    <div className="na-Form">
      {errors[WHOLE] && <Banner tone="bad">{errors[WHOLE]}</Banner>}
      {fields.length > 0 && (
        <ParameterFields
          fields={fields}
          drafts={run.drafts}
          errors={errors}
          onChange={(name, text) => change({ drafts: { ...run.drafts, [name]: text } })}
          trans={trans}
        />
      )}
      {placeholder !== null && (
        <AreaField
          label={trans.__('Event data (JSON)')}
          value={run.data}
          error={errors[DATA]}
          help={trans.__('What na.event.data will be; may stay empty')}
          placeholder={placeholder}
          onChange={data => change({ data })}
        />
      )}
      {offersDurable && (
        <CheckField
          label={trans.__('Durable')}
          checked={run.durable}
          help={durableHelp(trans)}
          onChange={durable => change({ durable })}
        />
      )}
      {usualPriority !== undefined && (
        <TextField
          label={trans.__('Priority')}
          type="number"
          min={0}
          max={100}
          placeholder={String(usualPriority)}
          help={priorityHelp(trans)}
          value={run.priority}
          onChange={priority => change({ priority })}
        />
      )}
    </div>
  );
}
