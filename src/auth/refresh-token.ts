import * as z from 'zod'
import type { AuthKind } from './kind/auth-kind.js'
import { authorizeBearer, bearerCarriers } from './kind/bearer.js'
import { type Unset, oauth2Urls, withClientAuthentication } from './oauth2/oauth2-options.js'
import { OAUTH2_EXAMPLES, oauth2Shape } from './oauth2/oauth2-schema.js'
import { refineOAuth2 } from './oauth2/refine-oauth2.js'
import { askedClientFields } from './oauth2/check-client-fields.js'
import { checkRefreshFields, refreshField, refreshGrant } from './oauth2/refresh-grant.js'
import {
  REFRESHABLE_EXAMPLES,
  type RefreshableDefinition,
  refreshableShape,
} from './oauth2/refreshable.js'
import { revokeGrant } from './oauth2/revoke-grant.js'

/**
 * Credential: field `refreshToken` (and `clientId`, `clientSecret` where they differ per connection);
 * as one text: the refresh token. With `refreshWith: 'access_token'` it is the field `accessToken`.
 */
export interface RefreshTokenAuth extends RefreshableDefinition {
  readonly kind: 'refresh-token'
  /** What the connector needs, space-separated: never asked for, but told where it was not granted. */
  readonly scope?: string | undefined
}

export type RefreshTokenOptions = Omit<Unset<RefreshTokenAuth>, 'rotation' | 'scopeSeparator'> & {
  /** Default `unknown`. */
  readonly rotation?: RefreshTokenAuth['rotation'] | undefined
}

/** OAuth 2.0 with a refresh token that was got elsewhere (RFC 6749 section 6). */
export function refreshToken(options: RefreshTokenOptions): RefreshTokenAuth {
  const { rotation = 'unknown', ...rest } = options
  return { kind: 'refresh-token', rotation, ...withClientAuthentication(rest) }
}

const { scopeSeparator: _neverSent, ...shape } = oauth2Shape

/** It asks for no scope: it gets what was granted. */
export const refreshTokenKind: AuthKind<RefreshTokenAuth> = {
  kind: 'refresh-token',
  madeBy: 'refreshToken()',
  schema: z
    .strictObject({ kind: z.literal('refresh-token'), ...shape, ...refreshableShape })
    .superRefine(refineOAuth2),
  examples: { ...OAUTH2_EXAMPLES, ...REFRESHABLE_EXAMPLES },
  fields: (auth) => [refreshField(auth), 'clientId', 'clientSecret'],
  askedFields: (auth) => ({
    needed: [refreshField(auth), ...askedClientFields(auth)],
    optional: [],
  }),
  fieldsOfText: (text, auth) => ({ [refreshField(auth)]: text }),
  checkFields: checkRefreshFields,
  refreshes: () => true,
  consumesGrant: (auth) => auth.rotation !== 'none',
  readsKept: true,
  policy: (auth) => auth.refresh,
  urls: oauth2Urls,
  carriers: bearerCarriers,
  mint: refreshGrant,
  authorize: authorizeBearer,
  revoke: revokeGrant,
}
