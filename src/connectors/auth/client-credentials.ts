import * as z from 'zod'
import {
  type OAuth2Definition,
  type OAuth2Options,
  withClientAuthentication,
} from './oauth2-options.js'
import { oauth2Shape, refineOAuth2 } from './oauth2-schema.js'

/** Credential: none needed where the connector names id and secret (`{}`); or fields `clientId`, `clientSecret`; as one text: the client secret. */
export interface ClientCredentialsAuth extends OAuth2Definition {
  readonly kind: 'client-credentials'
}

export const clientCredentialsSchema = z
  .strictObject({ kind: z.literal('client-credentials'), ...oauth2Shape })
  .superRefine(refineOAuth2)

/** OAuth 2.0 client credentials (RFC 6749 section 4.4). */
export function clientCredentials(options: OAuth2Options): ClientCredentialsAuth {
  return { kind: 'client-credentials', ...withClientAuthentication(options) }
}
