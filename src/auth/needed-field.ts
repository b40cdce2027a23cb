import { createFailure } from '../contract/failure.js'
import type { Secret } from '../sealing/secret.js'
import type { SecretFields } from './auth-kind.js'

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
