/** Who signs the deliveries of a webhook: what the form offers, and what it makes of it. */
import { TranslationBundle } from '@jupyterlab/translation';

import { ITriggerBody, ITrigger, Preset } from '../../api/triggers';
import { IDraft } from './draft';

/** What senders call themselves; the last three are ways, which have no name of their own. */
const NAMES: Record<Exclude<Preset, 'hmac' | 'token' | 'basic'>, string> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  jira: 'Jira',
  stripe: 'Stripe',
  slack: 'Slack',
  zoom: 'Zoom',
  shopify: 'Shopify',
  twilio: 'Twilio',
  linear: 'Linear',
  'standard-webhooks': 'Standard Webhooks',
  svix: 'Svix',
  sendgrid: 'SendGrid',
  discord: 'Discord'
};

/** The choices of the form; an own scheme only where the trigger has one: its fields are set elsewhere. */
export function signers(
  trans: TranslationBundle,
  own: boolean
): readonly (readonly [Preset | '', string])[] {
  const named = Object.entries(NAMES) as [Preset, string][];
  return [
    ['', trans.__('Anybody who knows the URL')],
    ...named,
    ['token', trans.__('Who sends a token (X-Webhook-Token)')],
    ['basic', trans.__('Who signs in with user and password')],
    ...(own ? ([['hmac', trans.__('Who signs as this trigger says')]] as [Preset, string][]) : [])
  ];
}

/** Who signs as the API takes it; what the form has no field for stays as it was `before`. */
export function asSignature(
  { kind, signer, secretName, oldSecretName }: IDraft,
  before: ITrigger['signature']
): ITriggerBody['signature'] {
  if (kind !== 'webhook' || !signer) {
    return null;
  }
  const names = { secret: secretName.trim(), old_secret: oldSecretName.trim() || null };
  return before?.preset === signer ? { ...before, ...names } : { preset: signer, ...names };
}
