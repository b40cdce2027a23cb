import { revocationRequest } from 'oauth4webapi'
import type { RevokeResult } from '../../contract/token-activities.js'
import type { Secret } from '../../sealing/secret.js'
import type { RevokeContext } from '../kind/auth-kind.js'
import type { Exchange } from '../kind/exchange.js'
import { faultAdvice } from '../../wire/network-faults.js'
import { askedWaitMs } from '../../definition/asked-wait.js'
import { authenticateClient, type OpenedClient } from './client-authentication.js'
import { findEndpoints } from './endpoints.js'
import { handToLibrary } from './hand-over.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { openClient } from './open-client.js'
import { parseJsonText } from './parse-token-answer.js'
import { UnusableKey } from './sign-assertion.js'
import { ERROR_CODE_FORM } from './token-endpoint-rules.js'

type Hint = 'refresh_token' | 'access_token'

/**
 * Revokes the refresh token, which ends the grant, or else the access token (RFC 7009).
 * @throws ApplicationFailure `InvalidConnection`, `SecretUnresolved`
 */
export async function revokeGrant(
  context: Omit<RevokeContext, 'auth'> & { readonly auth: OAuth2Definition },
): Promise<RevokeResult> {
  const endpoints = await findEndpoints(context)
  if (endpoints.outcome === 'refused') return revocationFailed(endpoints.code, endpoints.message)
  const { revocationUrl, tokenUrl, issuer } = endpoints
  if (revocationUrl === undefined) return { outcome: 'unsupported' }
  const held = heldTokens(context)
  if (held.length === 0)
    return revocationFailed('no_token', 'there is no token that could be revoked.')
  const client = await openClient(context, tokenUrl, issuer)
  let outcome: RevokeResult = { outcome: 'unsupported' }
  for (const [hint, token] of held) {
    outcome = await revokeToken(context, revocationUrl, client, hint, token)
    if (outcome.outcome !== 'failed' || outcome.code !== 'unsupported_token_type') return outcome
  }
  return outcome
}

function heldTokens({ fields, token = {} }: Pick<RevokeContext, 'fields' | 'token'>) {
  const accessToken = token['accessToken'] ?? fields['accessToken']
  const { refreshToken } = fields
  const both = [
    ['refresh_token', refreshToken],
    ['access_token', accessToken],
  ] as const
  return both.filter((one): one is readonly [Hint, Secret] => one[1] !== undefined)
}

async function revokeToken(
  { exchangeOnce, now, randomBytes }: Pick<RevokeContext, 'exchangeOnce' | 'now' | 'randomBytes'>,
  revocationUrl: string,
  client: OpenedClient,
  hint: Hint,
  token: Secret,
): Promise<RevokeResult> {
  const { options, exchanged } = handToLibrary(revocationUrl, exchangeOnce)
  try {
    await revocationRequest(
      { issuer: revocationUrl, revocation_endpoint: revocationUrl },
      { client_id: client.clientId },
      authenticateClient(client, { now, randomBytes }),
      token.reveal(),
      { ...options, additionalParameters: { token_type_hint: hint } },
    )
  } catch (error) {
    if (!(error instanceof UnusableKey)) throw error
    return revocationFailed('unusable_key', `the client can't prove itself: ${error.message}.`)
  }
  return judgeRevocation(exchanged(), new URL(revocationUrl).host)
}

function judgeRevocation(exchange: Exchange, host: string): RevokeResult {
  const { fault, status = 0, text } = exchange
  if (fault === undefined && status >= 200 && status < 300) return { outcome: 'revoked' }
  const error = errorOf(text)
  // RFC 7009 section 2.2 answers 200 to a token that is none any more; Google says this.
  if (error === 'invalid_token') return { outcome: 'revoked' }
  const code = fault ?? error ?? `http_${status}`
  const known = faultAdvice(code)
  const advice = known === undefined ? '' : `${known}, or `
  return {
    ...revocationFailed(
      code,
      `${host} did not revoke the grant (${code}): ${advice}end it on the provider's pages.`,
    ),
    retryAfterMs: askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs }),
  }
}

function errorOf(text: string): string | undefined {
  const { error } = (parseJsonText(text) ?? {}) as { readonly error?: unknown }
  return typeof error === 'string' && ERROR_CODE_FORM.test(error) ? error : undefined
}

function revocationFailed(
  code: string,
  message: string,
): RevokeResult & { readonly outcome: 'failed' } {
  return { outcome: 'failed', code, message }
}
