import type { MintFailureClass } from '../../contract/token-activities.js'
import { faultAdvice } from '../../wire/network-faults.js'
import { type LongToken, MAX_TOKEN_BYTES } from './normalize-token-answer.js'
import type { TokenErrorCode } from './token-endpoint-rules.js'

/** What is known of a token request that brought no token. */
export interface FailedExchange {
  readonly sent: boolean
  /** Why no whole answer was read. */
  readonly fault?: string | undefined
  readonly status?: number | undefined
  readonly html: boolean
  readonly retryAfterMs?: number | undefined
  /** The standard error code of the answer, or the one that the provider's own code means. */
  readonly error?: TokenErrorCode | undefined
  /** The provider's own code, where it has the form of one. */
  readonly providerCode?: string | undefined
  /** The answer reports a failure, with a known code or without. */
  readonly tellsFailure: boolean
  /** The token is no bearer token (DPoP, MAC). */
  readonly foreignScheme: boolean
  /** A token in it is longer than any that is taken. */
  readonly tooLong: boolean
}

/** A row of an outcome table: the first one that holds says what kind of failure it is. */
export interface OutcomeRow<Facts> {
  readonly class: MintFailureClass
  readonly when: (facts: Facts) => boolean
}

const MISPLACED = new Set([404, 405, 410])

/**
 * The outcome table of the token request, first match wins (RFC 6749 5.2, RFC 9110 15;
 * docs/decisions/verdicts.md). A status of 0 stands for no answer at all.
 */
const OUTCOME_ROWS: readonly OutcomeRow<FailedExchange & { readonly status: number }>[] = [
  { class: 'not_sent', when: ({ sent }) => !sent },
  { class: 'ambiguous', when: ({ status }) => status === 0 },
  { class: 'throttled', when: ({ status, error }) => status === 429 || error === 'rate_limited' },
  { class: 'throttled', when: (it) => it.status === 503 && it.retryAfterMs !== undefined },
  { class: 'server_error', when: ({ status }) => status >= 500 || status === 408 },
  {
    class: 'server_error',
    when: ({ error }) => error === 'server_error' || error === 'temporarily_unavailable',
  },
  { class: 'invalid_grant', when: ({ error }) => error === 'invalid_grant' },
  { class: 'misconfigured', when: ({ error }) => error !== undefined },
  {
    class: 'misconfigured',
    when: (it) => it.status < 300 && (it.tellsFailure || it.foreignScheme || it.tooLong),
  },
  { class: 'ambiguous', when: ({ status }) => status < 300 },
  { class: 'misconfigured', when: ({ status }) => status < 400 || MISPLACED.has(status) },
  { class: 'firewall', when: ({ status, html }) => status === 403 || status === 407 || html },
  { class: 'misconfigured', when: () => true },
]

export function classifyOutcome(exchange: FailedExchange): MintFailureClass {
  const facts = { ...exchange, status: exchange.status ?? 0 }
  return OUTCOME_ROWS.find((row) => row.when(facts))?.class ?? 'misconfigured'
}

export const TOKEN_TOO_LONG = 'token_too_long'

/** `invalid_client`, `ECONNRESET`, `http_503` ...: from closed lists or of a checked form, never the provider's text. */
export function outcomeCode(exchange: FailedExchange): string {
  const { error, fault, html, providerCode, status = 0 } = exchange
  const code = error ?? fault ?? providerCode
  if (code !== undefined) return code
  if (status < 200 || status >= 300) return `http_${status}`
  if (exchange.tellsFailure) return 'provider_error'
  if (exchange.foreignScheme) return 'unsupported_token_type'
  if (exchange.tooLong) return TOKEN_TOO_LONG
  return html ? 'html_answer' : 'unreadable_answer'
}

const OUTCOME_MESSAGES: Readonly<Record<MintFailureClass, (host: string, code: string) => string>> =
  {
    not_sent: (host, code) =>
      `${host} could not be reached (${code}); nothing was sent. ${sentence(faultAdvice(code)) ?? 'Where it stays so, look at the network of the keeper worker and at the name of the host.'}`,
    throttled: (host, code) => `${host} asks to wait (${code}). The credential may be good.`,
    server_error: (host, code) =>
      `${host} failed (${code}). That is the provider's failure, not the credential's.`,
    firewall: (host, code) =>
      `Something before the token endpoint of ${host} refused the request (${code}): look at firewall rules and allowed addresses.`,
    ambiguous: (host, code) =>
      `The token request to ${host} has no readable answer (${code}); it may have been carried out. Where it stays so, look at the tokenUrl and at proxies before it.`,
    invalid_grant: (host, code) =>
      `${host} does not accept this grant (${code}): it is wrong, expired, revoked, used up, or of another client. Authorise the connection again.`,
    misconfigured: (host, code) =>
      `${host} refused the request itself (${code}): look at client id, client secret, scope and tokenUrl of the connector. The grant is kept.`,
  }

function sentence(half: string | undefined): string | undefined {
  return half === undefined ? undefined : `${half.charAt(0).toUpperCase()}${half.slice(1)}.`
}

/** What failed at a token request and what to do next. Of the URL it repeats only the host. */
export function outcomeMessage(
  failureClass: MintFailureClass,
  code: string,
  tokenHost: string,
): string {
  return OUTCOME_MESSAGES[failureClass](tokenHost, code)
}

/** A token that is longer than any that is taken: which, how long, and what is taken. */
export function longTokenMessage({ field, bytes }: LongToken, tokenHost: string): string {
  return `the ${field} in the answer of ${tokenHost} has ${bytes} bytes, and at most ${MAX_TOKEN_BYTES} are taken: it is not used, and the answer is kept, sealed, where the grant may be used up by it. Ask the provider for shorter tokens (fewer scopes or claims, or opaque tokens), or look at the answer rules of the connector.`
}
