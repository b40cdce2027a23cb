import * as z from 'zod'
import {
  type OAuth2Definition,
  type OAuth2Options,
  withClientAuthentication,
} from './oauth2-options.js'
import { oauth2Shape, refineOAuth2 } from './oauth2-schema.js'

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

export const refreshTokenSchema = z
  .strictObject({
    kind: z.literal('refresh-token'),
    ...oauth2Shape,
    rotation: z.enum(['rotating', 'none', 'unknown']),
  })
  .superRefine(refineOAuth2)

/** OAuth 2.0 with a refresh token that was got elsewhere (RFC 6749 section 6). */
export function refreshToken(options: RefreshTokenOptions): RefreshTokenAuth {
  return { kind: 'refresh-token', rotation: 'unknown', ...withClientAuthentication(options) }
}
