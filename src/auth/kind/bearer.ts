import type { Secret } from '../../sealing/secret.js'
import type { Carriers, OutgoingRequest, SecretFields } from './auth-kind.js'
import { neededField } from './static-token.js'
import { withHeader } from './put-on-request.js'

/** Where an access token goes. */
export interface TokenHeader {
  /** @example name: 'X-Shopify-Access-Token' */
  readonly name: string
  /**
   * Before the token, with its space; empty for the bare token.
   * @example prefix: 'Zoho-oauthtoken '
   */
  readonly prefix: string
}

interface WithTokenHeader {
  readonly tokenHeader?: TokenHeader | undefined
}

/** RFC 6750 section 2.1. */
const BEARER: TokenHeader = { name: 'authorization', prefix: 'Bearer ' }

/** Puts the access token into `Authorization: Bearer`, or where the definition says. */
export function authorizeBearer(
  request: OutgoingRequest,
  token: SecretFields,
  { tokenHeader = BEARER }: WithTokenHeader,
): OutgoingRequest {
  const accessToken = neededField(token, 'accessToken')
  // The same text each time: it is looked at once, and not for every request.
  if (tokenHeader === BEARER) return withHeader(request, BEARER.name, accessToken.derive(toBearer))
  return withHeader(request, tokenHeader.name, `${tokenHeader.prefix}${accessToken.reveal()}`)
}

function toBearer(accessToken: Secret): string {
  return `${BEARER.prefix}${accessToken.reveal()}`
}

export function bearerCarriers({ tokenHeader = BEARER }: WithTokenHeader): Carriers {
  return { headers: [tokenHeader.name] }
}
