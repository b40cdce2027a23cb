import { Cookie } from 'tough-cookie'
import { atPath } from '../../definition/at-path.js'
import { isExact } from '../../wire/exact-number.js'
import { firstHeader, headerText } from '../../wire/header-lines.js'
import { tryParseJson } from '../../wire/json.js'
import type { OutgoingRequest } from '../kind/auth-kind.js'
import type { Exchange, ExchangeOnce, ExchangeRequest } from '../kind/exchange.js'
import type { LoginCookies } from './cookie-jar.js'
import { type LoginUrlParts, fillRequest } from './fill-request.js'
import { type Carries, type LoginFailure, isHtml, judgeAnswer } from './judge-answer.js'
import type { LoginRequest, LoginTake } from './login-definition.js'
import { matchPattern } from './safe-pattern.js'
import { type LoginValue, type LoginValues, UnusableValue } from './templates.js'

/** The activity ends after 60 s and a request after 20: no step starts later than this. */
const MAX_START_MS = 35_000
const MAX_LOGIN_REDIRECTS = 3

export interface RunContext {
  readonly exchangeOnce: ExchangeOnce
  readonly now: () => number
  readonly urlParts: LoginUrlParts
  /** Each answer adds the cookies that it sets. */
  readonly cookies: LoginCookies
  readonly startedAtMs: number
  /** Puts the token of the session on a request; absent: there is no session yet. */
  readonly authorize?: ((request: OutgoingRequest) => OutgoingRequest) | undefined
}

export type StepOutcome =
  | {
      readonly outcome: 'answered'
      readonly host: string
      readonly values: ReadonlyMap<string, LoginValue>
      readonly exchange: Exchange
    }
  | StepFailure

export interface StepFailure extends LoginFailure {
  readonly outcome: 'failed'
  /** Empty where the request could not be made. */
  readonly host: string
  /** Words of the definition, never of the answer. */
  readonly detail?: string | undefined
}

/** Sends the request of one step, and takes what is to be taken from its answer. */
export async function runStep(
  step: LoginRequest & { readonly take?: Readonly<Record<string, LoginTake>> | undefined },
  values: LoginValues,
  carries: Carries,
  context: RunContext,
): Promise<StepOutcome> {
  let request: ExchangeRequest
  try {
    request = withToken(fillRequest(step, values, context.urlParts), context)
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error
    const detail = `${error.valueName} ${error.problem} (${error.template})`
    return { outcome: 'failed', class: 'misconfigured', code: 'unusable_value', host: '', detail }
  }
  const { host } = new URL(request.url)
  if (context.now() - context.startedAtMs > MAX_START_MS)
    return { outcome: 'failed', class: 'server_error', code: 'login_too_slow', host }
  const exchange = await exchangeWithin(step, request, context)
  const failure = judgeAnswer(step, exchange, carries)
  if (failure !== undefined) return { outcome: 'failed', host, ...failure }
  const taken = takeValues(step.take, exchange)
  if (taken.outcome === 'taken')
    return { outcome: 'answered', host, values: taken.values, exchange }
  // A page in the way (maintenance, a portal) may go away; after a password nobody knows what it means.
  const page = isHtml(exchange) && carries === 'nothing'
  return {
    outcome: 'failed',
    class: page ? 'firewall' : 'misconfigured',
    code: 'value_missing',
    host,
    detail: `its answer has no usable value for ${taken.missing}`,
  }
}

function withToken(request: ExchangeRequest, { authorize }: RunContext): ExchangeRequest {
  if (authorize === undefined) return request
  const { url, ...ready } = authorize({
    ...request,
    url: new URL(request.url),
    headers: { ...request.headers },
  })
  return { ...ready, url: url.href }
}

/** Sends with the cookies that may go there, and follows redirects within the origin where the step says so. */
async function exchangeWithin(
  step: LoginRequest,
  first: ExchangeRequest,
  { exchangeOnce, cookies, now }: RunContext,
): Promise<Exchange> {
  let request = first
  for (let redirects = 0; ; redirects += 1) {
    const own = cookies.for(request.url, now())
    const cookie = own.map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = cookie === '' ? request.headers : { ...request.headers, cookie }
    const exchange = await exchangeOnce({ ...request, headers })
    cookies.add(exchange.cookies ?? [], request.url, exchange.sentAtMs)
    const next = step.redirects === undefined ? undefined : redirected(request, exchange)
    if (next === undefined || redirects >= MAX_LOGIN_REDIRECTS) return exchange
    request = next
  }
}

/** RFC 9110 section 15.4: after 303, and after 301 or 302 to a POST, the next request is a GET. */
function redirected(request: ExchangeRequest, exchange: Exchange): ExchangeRequest | undefined {
  const { status = 0, headers } = exchange
  const location = firstHeader(headers, 'location')
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  if (!URL.canParse(location, request.url)) return undefined
  const url = new URL(location, request.url)
  const { origin } = new URL(request.url)
  if (url.origin !== origin || url.username !== '' || url.password !== '') return undefined
  url.hash = ''
  if (status > 303 || (status < 303 && request.method !== 'POST'))
    return { ...request, url: url.href }
  const { 'content-type': _none, ...rest } = request.headers
  return { method: 'GET', url: url.href, headers: rest }
}

type Taken =
  | { readonly outcome: 'taken'; readonly values: ReadonlyMap<string, LoginValue> }
  /** The first name whose value the answer lacks. */
  | { readonly outcome: 'missing'; readonly missing: string }

/** A value that is taken goes into every lease, so a longer text is taken for no token. */
const MAX_MATCHED_LENGTH = 16_384

/** Takes the values of a step out of its answer; an empty or an endless one is none. */
function takeValues(
  take: Readonly<Record<string, LoginTake>> | undefined,
  exchange: Exchange,
): Taken {
  const values = new Map<string, LoginValue>()
  for (const [name, from] of Object.entries(take ?? {})) {
    const value = takeOne(from, exchange)
    if (value === undefined || value === '' || String(value).length > MAX_MATCHED_LENGTH)
      return { outcome: 'missing', missing: name }
    values.set(name, value)
  }
  return { outcome: 'taken', values }
}

function takeOne(from: LoginTake, exchange: Exchange): LoginValue | undefined {
  if ('json' in from) {
    const value = atPath(tryParseJson(exchange.text), from.json)
    if (isExact(value)) return String(value)
    return isScalar(value) ? value : undefined
  }
  if ('header' in from) return headerText(exchange.headers, from.header)
  if ('pattern' in from) return matchPattern(from.pattern, exchange.text)
  const value = (exchange.cookies ?? [])
    .map((line) => Cookie.parse(line))
    .findLast((cookie) => cookie?.key === from.cookie)?.value
  return from.decode === 'url' && value !== undefined ? decoded(value) : value
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

function isScalar(value: unknown): value is LoginValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
