import { introspectionRequest } from 'oauth4webapi'
import type { Secret } from '../../sealing/secret.js'
import type { MintContext, MintGranted, MintRefused } from '../kind/auth-kind.js'
import type { Exchange } from '../kind/exchange.js'
import { clockOffsetMs, sendByTheirClock } from './their-clock.js'
import { findEndpoints, urlOf } from './endpoints.js'
import type { OAuth2Definition } from './oauth2-options.js'
import { openClient } from './open-client.js'
import { openText } from './open-text.js'
import { readTokenAnswer } from './read-token-answer.js'
import { sendTokenRequest, type TokenGrant } from './send-token-request.js'
import { UnusableKey } from './sign-assertion.js'
import { authenticateClient, type OpenedClient } from './client-authentication.js'
import { handToLibrary } from './hand-over.js'
import { lifetimeOfClaims } from './jwt-claims.js'
import { parseTokenAnswer } from './parse-token-answer.js'

export type OAuth2Context = Omit<MintContext, 'auth'> & { readonly auth: OAuth2Definition }

/** How one token request differs from what the definition says for all of them. */
interface TokenRequestPlan extends Pick<OAuth2Definition, 'request' | 'answer' | 'parameters'> {
  /** Made anew for each try where the time is signed into it. */
  readonly grant: TokenGrant | ((now: () => number) => Promise<TokenGrant>)
  /** Template of its URL, where it is not the token URL. */
  readonly refreshUrl?: string | undefined
  /** Scopes that the answer is held against. */
  readonly askedScope?: string | undefined
  /** Path in the answer of what names the account. */
  readonly subject?: string | undefined
  /** See `ReadOptions`. */
  readonly rotates?: boolean | undefined
}

/** A token and, beside it, the refresh token that came with it. */
type TokenReceipt =
  (Omit<MintGranted, 'grant'> & { readonly refreshToken?: Secret | undefined }) | MintRefused

/**
 * Sends one token request and reads its answer: what the OAuth 2.0 kinds share.
 * @throws ApplicationFailure `InvalidConnection`, `SecretUnresolved`: before anything is sent
 */
export async function requestToken(
  context: OAuth2Context,
  plan: TokenRequestPlan,
): Promise<TokenReceipt> {
  const { auth } = context
  const endpoints = await findEndpoints(context)
  if (endpoints.outcome === 'refused') return endpoints
  const client = await openClient(context, endpoints.tokenUrl, endpoints.issuer)
  const request = {
    ...client,
    tokenUrl:
      plan.refreshUrl === undefined
        ? endpoints.tokenUrl
        : urlOf(context, 'refreshUrl', plan.refreshUrl),
    parameters: plan.parameters ?? {},
    rules: plan.request,
  }
  const { kept } = context
  const { grant } = plan
  const grantIsAssertion = typeof grant === 'function'
  const send = async (now: () => number): Promise<Exchange | MintRefused> => {
    try {
      const made = grantIsAssertion ? await grant(now) : grant
      return await sendTokenRequest({ ...request, grant: made }, { ...context, now })
    } catch (error) {
      return unusableKey(error)
    }
  }
  const signsTime = grantIsAssertion || client.clientAuthentication === 'private_key_jwt'
  const exchange =
    kept ??
    (signsTime
      ? await sendByTheirClock(endpoints.tokenUrl, send, context, { grantIsAssertion })
      : await send(context.now))
  if ('outcome' in exchange) return exchange
  const defaultLifetimeMs = auth.refresh?.defaultLifetimeMs
  const answer = await readTokenAnswer(exchange, {
    request,
    rules: plan.answer,
    defaultLifetimeMs,
    subjectPath: plan.subject,
    rotates: plan.rotates,
  })
  if (answer.outcome === 'refused') return answer
  const { accessToken, lifetimeMs: stated, scope, subject, ...rest } = answer
  const secrets = [accessToken, answer.refreshToken, ...Object.values(context.fields)]
  const { introspectionUrl } = endpoints
  const ask = kept === undefined && context.previousLifetimeMs === undefined
  const lifetimeMs =
    stated ??
    (ask && introspectionUrl !== undefined
      ? await introspectLifetimeMs(introspectionUrl, client, accessToken, context)
      : undefined)
  const missing = missingScope(plan.askedScope, answer.scope, auth.impliedScopes)
  return {
    ...rest,
    scope: openText(scope, secrets),
    subject: openText(subject, secrets),
    token: { accessToken },
    sentAtMs: exchange.sentAtMs,
    answeredAtMs: exchange.answeredAtMs,
    lifetimeMs,
    missingScope: missing,
  }
}

/** The scopes of a definition as the provider separates them. */
export function scopeText(scope: string | undefined, separator = ' '): string | undefined {
  return scope?.trim().split(/\s+/).join(separator)
}

function unusableKey(error: unknown): MintRefused {
  if (!(error instanceof UnusableKey)) throw error
  const message = `the assertion can't be signed: ${error.message}; nothing was sent. Look at the key and its algorithm.`
  return { outcome: 'refused', class: 'misconfigured', code: 'unusable_key', message }
}

/** OpenID's own (Core 1.0 sections 5.4 and 11): servers answer them under other names or not at all. */
const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/**
 * What was asked for and not granted (RFC 6749 section 5.1: no scope in the answer means all of it).
 * Names only scopes that were asked for. A scope in another case, with or without the URL before it,
 * or one that a granted scope implies, is granted.
 * @param implied by granted scope, as the definition says
 */
export function missingScope(
  asked: string | undefined,
  granted: string | undefined,
  implied: Readonly<Record<string, readonly string[]>> = {},
): string | undefined {
  if (asked === undefined || granted === undefined) return undefined
  const given = new Set(granted.split(/[\s,+]+/).map(plainName))
  for (const [wider, narrower] of Object.entries(implied))
    if (given.has(plainName(wider))) for (const name of narrower) given.add(plainName(name))
  const isGranted = (scope: string): boolean =>
    given.has(plainName(scope)) || widerNames(plainName(scope)).some((name) => given.has(name))
  const missing = asked
    .split(/\s+/)
    .filter((scope) => scope !== '' && !OPENID_SCOPES.has(scope) && !isGranted(scope))
  return missing.length === 0 ? undefined : missing.join(' ')
}

/** `mail.read` for `https://graph.example/Mail.Read` and `api://4f2c/Mail.Read`. */
function plainName(scope: string): string {
  return scope.toLowerCase().replace(/^[a-z][a-z0-9+.-]*:\/\/(?:[^/]+\/)+(?=[^/]+$)/, '')
}

/** Whoever may write may read: providers name the wider one only (Shopify `write_products`, Microsoft `Mail.ReadWrite`). */
function widerNames(scope: string): readonly string[] {
  const write = scope.replace(/(?<![a-z])read(?:_?only)?(?![a-z])/, 'write')
  return write === scope ? [] : [write, scope.replace(/(?<![a-z])read(?![a-z])/, 'readwrite')]
}

/** A new token that may have used up its grant is in hand meanwhile. */
const INTROSPECTION_TIMEOUT_MS = 5000

/**
 * Asks for the lifetime of a token whose answer named none (RFC 7662), once. Whatever goes wrong leaves
 * it unknown: the token must not be lost for it.
 */
async function introspectLifetimeMs(
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
