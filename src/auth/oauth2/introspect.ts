import { introspectionRequest } from 'oauth4webapi'
import type { Secret } from '../../sealing/secret.js'
import type { MintContext } from '../kind/auth-kind.js'
import type { Exchange } from '../kind/exchange.js'
import { clockOffsetMs } from './their-clock.js'
import { authenticateClient, type OpenedClient } from './client-authentication.js'
import { handToLibrary } from './hand-over.js'
import { lifetimeOfClaims } from './jwt-claims.js'
import { parseTokenAnswer } from './parse-token-answer.js'

/** A new token that may have used up its grant is in hand meanwhile. */
const INTROSPECTION_TIMEOUT_MS = 5000

/**
 * Asks for the lifetime of a token whose answer named none (RFC 7662), once. Whatever goes wrong leaves
 * it unknown: the token must not be lost for it.
 */
export async function introspectLifetimeMs(
  introspectionUrl: string,
  client: OpenedClient,
  token: Secret,
  { exchangeOnce, ...signing }: Pick<MintContext, 'exchangeOnce' | 'now' | 'randomBytes'>,
): Promise<number | undefined> {
  const server = { issuer: introspectionUrl, introspection_endpoint: introspectionUrl }
  const { options, exchanged } = handToLibrary(introspectionUrl, (request) =>
    exchangeOnce({ ...request, timeoutMs: INTROSPECTION_TIMEOUT_MS }),
  )
  try {
    await introspectionRequest(
      server,
      { client_id: client.clientId },
      authenticateClient(client, signing),
      token.reveal(),
      { ...options, additionalParameters: { token_type_hint: 'access_token' } },
    )
    return readLifetimeMs(exchanged())
  } catch {
    return undefined
  }
}

function readLifetimeMs(exchange: Exchange): number | undefined {
  if (exchange.fault !== undefined || exchange.status !== 200) return undefined
  const answer: unknown = parseTokenAnswer(exchange, {})
  const { active, ...claims } = answer as { readonly active?: unknown; readonly exp?: unknown }
  return active === true
    ? lifetimeOfClaims(claims, exchange.answeredAtMs + clockOffsetMs(exchange))
    : undefined
}
