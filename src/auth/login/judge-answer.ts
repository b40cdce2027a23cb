import type { MintFailureClass } from '../../contract/token-activities.js'
import { firstHeader } from '../../wire/header-lines.js'
import { tryParseJson } from '../../wire/json.js'
import { atPath } from '../../definition/at-path.js'
import type { Exchange } from '../kind/exchange.js'
import type { OutcomeRow } from '../oauth2/classify-outcome.js'
import { askedWaitMs } from '../../definition/asked-wait.js'
import type { LoginFailureRule, LoginRequest } from './login-definition.js'

export interface LoginFailure {
  readonly class: MintFailureClass
  /** From a closed list, or of a checked form: never text of the provider. */
  readonly code: string
  readonly retryAfterMs?: number | undefined
}

interface Judged {
  readonly status: number
  readonly html: boolean
  readonly empty: boolean
  readonly waits: boolean
  readonly carries: Carries
}

/** What a request holds: the account's own credential, a secret of the connector, or neither. */
export type Carries = 'credential' | 'secret' | 'nothing'

/**
 * The outcome table of a step without a rule of its own, first match wins. A password that is refused is
 * a dead grant, never one to be tried again: accounts are locked after a few wrong tries.
 */
const LOGIN_OUTCOMES: readonly OutcomeRow<Judged>[] = [
  { class: 'throttled', when: ({ status, waits }) => status === 429 || (status === 503 && waits) },
  { class: 'server_error', when: ({ status }) => status >= 500 || status === 408 },
  {
    class: 'invalid_grant',
    when: ({ status, carries }) => status === 401 && carries === 'credential',
  },
  { class: 'firewall', when: ({ status, html }) => (status === 403 && html) || status === 407 },
  {
    class: 'invalid_grant',
    when: ({ status, carries }) => status === 403 && carries === 'credential',
  },
  { class: 'firewall', when: ({ status, empty }) => status === 403 && empty },
  { class: 'firewall', when: ({ html, carries }) => html && carries === 'nothing' },
  { class: 'misconfigured', when: () => true },
]

const RULE_CLASSES: Readonly<Record<LoginFailureRule['means'], MintFailureClass>> = {
  refused: 'invalid_grant',
  throttled: 'throttled',
  unavailable: 'server_error',
  misconfigured: 'misconfigured',
}

/** Judges the answer of a step; undefined for a good one. */
export function judgeAnswer(
  request: LoginRequest,
  exchange: Exchange,
  carries: Carries,
): LoginFailure | undefined {
  const { fault, status = 0 } = exchange
  if (!exchange.sent) return { class: 'not_sent', code: fault ?? 'NETWORK' }
  if (fault !== undefined || status === 0) return { class: 'ambiguous', code: fault ?? 'NETWORK' }
  const html = isHtml(exchange)
  const wait = askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs })
  const rule = request.failures?.find((one) => holds(one, exchange, html))
  if (rule !== undefined)
    return { class: RULE_CLASSES[rule.means], code: ruleCode(rule, status), retryAfterMs: wait }
  const good = request.success?.includes(status) ?? (status >= 200 && status < 300)
  if (good) return undefined
  const waits = wait !== undefined
  const judged = { status, html, carries, empty: exchange.text.trim() === '', waits }
  const row = LOGIN_OUTCOMES.find(({ when }) => when(judged))
  return { class: row?.class ?? 'misconfigured', code: `http_${status}`, retryAfterMs: wait }
}

function ruleCode({ means }: LoginFailureRule, status: number): string {
  return status >= 200 && status < 300 ? `login_${means}` : `http_${status}`
}

function holds(rule: LoginFailureRule, exchange: Exchange, html: boolean): boolean {
  if (rule.status !== undefined && !rule.status.includes(exchange.status ?? 0)) return false
  if (rule.html === true && !html) return false
  if (rule.includes !== undefined && !exchange.text.includes(rule.includes)) return false
  if (rule.json === undefined) return true
  const { path, equals, differs } = rule.json
  const value = atPath(tryParseJson(exchange.text), path)
  if (equals !== undefined && !equals.some((one) => one === value)) return false
  return differs === undefined || (value !== undefined && !differs.some((one) => one === value))
}

/** Whether the answer is a page. A page without a content type counts too. */
export function isHtml({ headers, text }: Exchange): boolean {
  return (
    /\bhtml\b/i.test(firstHeader(headers, 'content-type') ?? '') ||
    /^\s*<(?:!doctype|html)\b/i.test(text)
  )
}
