import { revocationRequest } from 'oauth4webapi'
import type { Secret } from '../../sealing/secret.js'
import type { RevokeContext, RevokeOutcome } from '../auth-kind.js'
import type { Exchange } from '../exchange.js'
import { faultAdvice } from '../../wire/network-faults.js'
import { askedWaitMs } from '../../definition/told-wait.js'
import { authenticateClient, type OpenedClient } from './client-authentication.js'
import { findEndpoints } from './endpoints.js'
import { handOver } from './hand-over.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { openClient } from './open-client.js'
import { parseJsonText } from './parse-token-answer.js'
import { UnusableKey } from './sign-assertion.js'

type Hint = 'refresh_token' | 'access_token'

/**
 * Revokes the refresh token, which ends the grant, or else the access token (RFC 7009).
 * @throws ApplicationFailure `InvalidConnection`, `SecretUnresolved`
 */
export async function revokeGrant(
  context: Omit<RevokeContext, 'auth'> & { readonly auth: OAuth2Definition },
): Promise<RevokeOutcome> {
  const endpoints = await findEndpoints(context)
  if (!endpoints.ok) return failed(endpoints.code, endpoints.message)
  const { revocationUrl, tokenUrl, issuer } = endpoints
  if (revocationUrl === undefined) return { outcome: 'unsupported' }
  const held = heldTokens(context)
  if (held.length === 0) return failed('no_token', 'there is no token that could be revoked.')
  const client = await openClient(context, tokenUrl, issuer)
  let outcome: RevokeOutcome = { outcome: 'unsupported' }
  for (const [hint, token] of held) {
    outcome = await revokeToken(context, revocationUrl, client, hint, token)
    if (outcome.outcome !== 'failed' || outcome.code !== 'unsupported_token_type') return outcome
  }
  return outcome
}

function heldTokens({ fields, token = {} }: Pick<RevokeContext, 'fields' | 'token'>) {
  const accessToken = token['accessToken'] ?? fields['accessToken']
  const { refreshToken } = fields
  return [
    ...(refreshToken === undefined ? [] : [['refresh_token', refreshToken] as const]),
    ...(accessToken === undefined ? [] : [['access_token', accessToken] as const]),
  ]
}

async function revokeToken(
  { exchangeOnce, now, randomBytes }: Pick<RevokeContext, 'exchangeOnce' | 'now' | 'randomBytes'>,
  revocationUrl: string,
  client: OpenedClient,
  hint: Hint,
  token: Secret,
): Promise<RevokeOutcome> {
  const { options, exchanged } = handOver(revocationUrl, exchangeOnce)
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
    return failed('unusable_key', `the client can't prove itself: ${error.message}.`)
  }
  return judge(exchanged(), new URL(revocationUrl).host)
}

const CODE_FORM = /^[a-z]{2,24}(?:_[a-z]{2,24}){1,4}$/

function judge(exchange: Exchange, host: string): RevokeOutcome {
  const { fault, status = 0, text } = exchange
  if (fault === undefined && status >= 200 && status < 300) return { outcome: 'revoked' }
  const told = errorOf(text)
  // RFC 7009 section 2.2 answers 200 to a token that is none any more; Google says this.
  if (told === 'invalid_token') return { outcome: 'revoked' }
  const code = fault ?? told ?? `http_${String(status)}`
  const known = faultAdvice(code)
  const advice = known === undefined ? '' : `${known}, or `
  return {
    ...failed(
      code,
      `${host} did not revoke the grant (${code}): ${advice}end it on the provider's pages.`,
    ),
    retryAfterMs: askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs }),
  }
}

function errorOf(text: string): string | undefined {
  const { error } = (parseJsonText(text) ?? {}) as { readonly error?: unknown }
  return typeof error === 'string' && CODE_FORM.test(error) ? error : undefined
}

function failed(code: string, message: string): RevokeOutcome & { readonly outcome: 'failed' } {
  return { outcome: 'failed', code, message }
}
