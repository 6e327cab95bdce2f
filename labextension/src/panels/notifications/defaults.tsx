/** Who hears of what in a project, where its triggers do not say it; and whether a way to them works. */
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { messageOf } from '../../api/request';
import { AreaField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IBodyProps } from '../widget';
import { NotificationsModel } from './model';
import { linesOf, recipientsOf, rulesOf } from './rules';
import { notifyHelp } from './words';

export function Defaults(props: IBodyProps<NotificationsModel>): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  const { project, rules } = model;
  return (
    <details className="na-More">
      <summary>
        {project
          ? trans.__('Who hears of what in %1', project.name)
          : trans.__('Who hears of what in a project')}
      </summary>
      {project && rules ? (
        <Form key={project.id} {...props} stored={linesOf(rules)} />
      ) : (
        <p className="na-Dim">{trans.__('Choose a project above.')}</p>
      )}
    </details>
  );
}

function Form(props: IBodyProps<NotificationsModel> & { stored: string }): JSX.Element {
  const { model, automation, stored } = props;
  const { trans } = automation;
  const [lines, setLines] = React.useState(stored);
  const [refusal, setRefusal] = React.useState<string | null>(null);
  const [busy, run] = useBusy();
  const save = async (): Promise<void> => {
    try {
      await model.setRules(rulesOf(lines));
      setRefusal(null);
      Notification.success(trans.__('Saved'), { autoClose: 3000 });
    } catch (error) {
      setRefusal(messageOf(error));
    }
  };
  const test = async (to: string): Promise<void> => {
    const result = await attempt(() => model.test(to));
    if (result?.sent) {
      Notification.success(trans.__('A test message went to %1', to), { autoClose: 5000 });
    } else if (result) {
      Notification.error(`${to}: ${result.error}`, { autoClose: false });
    }
  };
  return (
    <form
      className="na-Form"
      aria-label={trans.__('Who hears of what')}
      onSubmit={event => {
        event.preventDefault();
        void run(save);
      }}
    >
      <AreaField
        label={trans.__('A line for each, for triggers that do not say it themselves')}
        value={lines}
        error={refusal}
        placeholder={'failed, missed: panel, email:ana@example.org'}
        help={notifyHelp(trans)}
        onChange={text => {
          setRefusal(null);
          setLines(text);
        }}
      />
      <div className="na-Actions">
        <Button submit accept disabled={busy || lines === stored}>
          {trans.__('Save')}
        </Button>
        {recipientsOf(lines).map(to => (
          <Button key={to} disabled={busy} onClick={() => void run(() => test(to))}>
            {trans.__('Test %1', to)}
          </Button>
        ))}
      </div>
    </form>
  );
}
