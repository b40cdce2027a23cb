import * as z from 'zod'
import type { AuthKind } from './kind/auth-kind.js'
import { mintStatic } from './kind/static-token.js'

/** Credential: `{}`. */
export interface NoAuth {
  readonly kind: 'none'
}

/** No authentication: nothing is put on a request. A connection has a lease all the same. */
export function none(): NoAuth {
  return { kind: 'none' }
}

export const noneKind: AuthKind<NoAuth> = {
  kind: 'none',
  madeBy: 'none()',
  schema: z.strictObject({ kind: z.literal('none') }),
  examples: { '': 'auth: none()' },
  fields: () => [],
  fieldsOfText: () => undefined,
  checkFields: () => undefined,
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: () => ({}),
  mint: mintStatic,
  authorize: (request) => request,
}
