/** The form's fields for who hears of what. */
import * as React from 'react';

import { AreaField, SelectField } from '../../forms/fields';
import { notifyHelp } from '../notifications/words';
import { IBodyProps } from '../widget';
import { AutomateModel } from './model';

export function NotifyFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { notifies, notify } = model.draft;
  return (
    <>
      <SelectField
        label={trans.__('Who hears of it')}
        value={notifies}
        options={[
          ['project', trans.__('As the project says')],
          ['here', trans.__('As said here')],
          ['nobody', trans.__('Nobody')]
        ]}
        onChange={notifies => model.update({ notifies })}
      />
      {notifies === 'here' && (
        <AreaField
          label={trans.__('Who hears of what')}
          value={notify}
          placeholder={'failed, missed: panel, email:ana@example.org'}
          error={model.refusalOf('notify')}
          help={notifyHelp(trans)}
          onChange={notify => model.update({ notify })}
        />
      )}
    </>
  );
}
