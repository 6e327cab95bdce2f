/** The form's fields for who signs what a webhook takes, and by which secrets that is checked. */
import * as React from 'react';

import { SelectField, TextField } from '../../forms/fields';
import { IBodyProps } from '../widget';
import { AutomateModel } from './model';
import { signers } from './signing';

export function SignatureFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { signer, secretName, oldSecretName, secretValue } = model.draft;
  const isSet = (model.edited?.signature?.secrets_live ?? 0) > 0;
  return (
    <>
      <SelectField
        label={trans.__('Takes what is sent by')}
        value={signer}
        options={signers(trans, model.edited?.signature?.preset === 'hmac')}
        onChange={signer => model.update({ signer })}
      />
      {signer !== '' && (
        <TextField
          label={trans.__('Secret that it is checked by')}
          value={secretName}
          code
          placeholder="HOOK_SECRET"
          help={trans.__('Its name, among the secrets of the project')}
          error={model.refusalOf('signature.secret')}
          onChange={secretName => model.update({ secretName })}
        />
      )}
      {signer !== '' && secretName !== '' && (
        <TextField
          label={trans.__('Value of the secret')}
          type="password"
          value={secretValue}
          placeholder={isSet ? trans.__('stays as it is') : undefined}
          help={trans.__('As the sender shows it. It is stored encrypted, and never shown again.')}
          onChange={secretValue => model.update({ secretValue })}
        />
      )}
      {signer !== '' && (secretName !== '' || oldSecretName !== '') && (
        <TextField
          label={trans.__('Older secret that is good as well')}
          value={oldSecretName}
          code
          help={trans.__('While the sender still signs with it; empty it when the change is done.')}
          error={model.refusalOf('signature.old_secret')}
          onChange={oldSecretName => model.update({ oldSecretName })}
        />
      )}
    </>
  );
}
