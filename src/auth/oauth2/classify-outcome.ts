import type { TokenErrorCode } from './token-answer-rules.js'
import type { MintFailureClass } from '../../contract/token-activities.js'

/** What is known of a token request that brought no token. */
export interface FailedExchange {
  readonly sent: boolean
  /** Why no whole answer was read. */
  readonly fault?: string | undefined
  readonly status?: number | undefined
  readonly html: boolean
  readonly retryAfterMs?: number | undefined
  /** The standard code that the provider told, or the one that its own code means. */
  readonly error?: TokenErrorCode | undefined
  /** The provider's own code, where it has the form of one. */
  readonly providerCode?: string | undefined
  /** The answer tells a failure, with a known code or without. */
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
const TOKEN_OUTCOMES: readonly OutcomeRow<FailedExchange & { readonly status: number }>[] = [
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
  return TOKEN_OUTCOMES.find((row) => row.when(facts))?.class ?? 'misconfigured'
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
