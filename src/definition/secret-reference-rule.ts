import * as z from 'zod'
import type { SecretReference } from '../contract/credential.js'
import { isSecretReference } from './secret-reference.js'

/** The name of a secret in a definition; the secret itself is refused, and not repeated. */
export const secretReference = z.custom<SecretReference>(isSecretReference, {
  message: `must be the name of a secret, never the secret itself: use secret('env:NAME') or secret('file:/path')`,
})
