import * as z from 'zod'
import type { AuthKind } from './auth-kind.js'
import { authorizeBearer } from './bearer.js'
import { neededField } from './needed-field.js'
import { checkClientFields } from './oauth2/check-client-fields.js'
import {
  type OAuth2Definition,
  type OAuth2Options,
  withClientAuthentication,
} from './oauth2/oauth2-options.js'
import { OAUTH2_EXAMPLES, oauth2Shape, refineOAuth2 } from './oauth2/oauth2-schema.js'
import { requestToken } from './oauth2/request-token.js'

/** Credential: field `refreshToken` (and `clientId`, `clientSecret` where they differ per connection); as one text: the refresh token. */
export interface RefreshTokenAuth extends OAuth2Definition {
  readonly kind: 'refresh-token'
  /** Whether each refresh brings a new refresh token and kills the old one; `unknown` is treated as `rotating`. */
  readonly rotation: 'rotating' | 'none' | 'unknown'
}

export type RefreshTokenOptions = OAuth2Options & {
  /** Default `unknown`. */
  readonly rotation?: RefreshTokenAuth['rotation']
}

/** OAuth 2.0 with a refresh token that was got elsewhere (RFC 6749 section 6). */
export function refreshToken(options: RefreshTokenOptions): RefreshTokenAuth {
  return { kind: 'refresh-token', rotation: 'unknown', ...withClientAuthentication(options) }
}

/** It asks for no scope: it gets what was granted. */
export const refreshTokenKind: AuthKind<RefreshTokenAuth> = {
  kind: 'refresh-token',
  madeBy: 'refreshToken()',
  schema: z
    .strictObject({
      kind: z.literal('refresh-token'),
      ...oauth2Shape,
      rotation: z.enum(['rotating', 'none', 'unknown']),
    })
    .superRefine(refineOAuth2),
  examples: { ...OAUTH2_EXAMPLES, rotation: `rotation: 'rotating'` },
  fields: () => ['refreshToken', 'clientId', 'clientSecret'],
  fieldsOfText: (text) => ({ refreshToken: text }),
  checkFields: (fields, auth) =>
    fields.refreshToken === undefined
      ? 'it lacks the field refreshToken'
      : checkClientFields(fields, auth),
  refreshes: () => true,
  consumesGrant: (auth) => auth.rotation !== 'none',
  policy: (auth) => auth.refresh,
  urls: ({ tokenUrl }) => ({ tokenUrl }),
  carriers: () => ({ headers: ['authorization'] }),
  mint: (context) =>
    requestToken(context, {
      type: 'refresh_token',
      token: neededField(context.fields, 'refreshToken'),
    }),
  authorize: authorizeBearer,
}
