/** The fields of a trigger's kernel: which one, its environment variables, its memory. */
import * as React from 'react';
import { AreaField, TextField } from '../../forms/fields';
import { IBodyProps } from '../widget';
import { AutomateModel } from './model';

const SIZES = ['512 MiB', '1 GiB', '2 GiB', '4 GiB', '8 GiB'];

export function EnvironmentFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <>
      <TextField
        label={trans.__('Kernel')}
        value={draft.kernel}
        placeholder={trans.__("the notebook's own")}
        error={model.refusalOf('kernel_name')}
        help={trans.__('Another kernelspec than the one that the notebook is saved with')}
        onChange={kernel => model.update({ kernel })}
      />
      <AreaField
        label={trans.__('Environment variables')}
        value={draft.env}
        placeholder={'MODE=fast\nAPI_KEY from STRIPE_KEY'}
        error={model.refusalOf('env')}
        help={trans.__(
          'A line for each: NAME=value, or NAME from VARIABLE for a variable or secret of the project'
        )}
        onChange={env => model.update({ env })}
      />
      <TextField
        label={trans.__('Memory at most')}
        value={draft.memory}
        options={SIZES}
        placeholder={trans.__('no limit')}
        error={model.refusalOf('memory')}
        help={trans.__('With all that it starts; a run that holds more is ended, and has failed')}
        onChange={memory => model.update({ memory })}
      />
    </>
  );
}
