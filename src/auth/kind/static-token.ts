import { createFailure } from '../../contract/failure.js'
import type { Secret } from '../../sealing/secret.js'
import type { MintContext, MintOutcome, SecretFields } from './auth-kind.js'

/**
 * A field that a kind can't do without; an empty credential is never sent.
 * @throws ApplicationFailure `InvalidInput` that names the field
 */
export function neededField(fields: SecretFields, name: string): Secret {
  const field = fields[name]
  if (field !== undefined && field.reveal() !== '') return field
  throw createFailure(
    'InvalidInput',
    `The credential lacks the field ${name}, as the connector's auth asks for it: connect again with it.`,
  )
}

/** For kinds whose credential is the token: nothing is sent, nothing ends. */
export function mintStatic({ fields, now }: MintContext): Promise<MintOutcome> {
  const atMs = now()
  return Promise.resolve({ outcome: 'granted', token: fields, sentAtMs: atMs, answeredAtMs: atMs })
}
