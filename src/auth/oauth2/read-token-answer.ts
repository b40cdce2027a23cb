import { type TokenEndpointResponse, processGenericTokenEndpointResponse } from 'oauth4webapi'
import type { LifetimeNote } from '../../contract/token-activities.js'
import { askedWaitMs } from '../../definition/asked-wait.js'
import { INSPECT, Secret } from '../../sealing/secret.js'
import type { MintRefused } from '../kind/auth-kind.js'
import type { Exchange } from '../kind/exchange.js'
import { packAnswer } from '../kind/kept-answer.js'
import type { Lifetime } from '../kind/lifetime.js'
import { clockOffsetMs } from './their-clock.js'
import {
  type FailedExchange,
  TOKEN_TOO_LONG,
  classifyOutcome,
  longTokenMessage,
  outcomeCode,
  outcomeMessage,
} from './classify-outcome.js'
import { jwtLifetimeMs, subjectIn } from './jwt-claims.js'
import { type NormalAnswer, normalizeTokenAnswer } from './normalize-token-answer.js'
import { type TokenRequest, partiesOf } from './send-token-request.js'
import type { TokenAnswerRules } from './token-endpoint-rules.js'

/** What a token answer holds, or the row of the outcome table that it belongs to. */
export type TokenAnswer =
  | {
      readonly outcome: 'granted'
      readonly accessToken: Secret
      /** Absent: the old one stays. */
      readonly refreshToken?: Secret | undefined
      readonly lifetimeMs?: number | undefined
      readonly lifetimeNote?: LifetimeNote | undefined
      readonly refreshTokenLifetimeMs?: number | undefined
      /** A part of the answer that may be the next grant could not be read. */
      readonly unread?: Secret | undefined
      /** See `MintGranted`. */
      readonly warnings?: readonly string[] | undefined
      readonly scope?: string | undefined
      readonly subject?: string | undefined
      /** The JSON of the answer, not to be printed. */
      readonly answer: object
    }
  | MintRefused

export interface ReadOptions {
  readonly request: Pick<TokenRequest, 'tokenUrl' | 'clientId'>
  readonly rules?: TokenAnswerRules | undefined
  /** The lifetime where the answer names none. It comes before the `exp` of a JWT. */
  readonly defaultLifetimeMs?: number | undefined
  /** Path of what names the account, in place of the id token's claims. */
  readonly subjectPath?: string | undefined
  /** Each answer brings a new refresh token: one without any has not been understood. */
  readonly rotates?: boolean | undefined
}

/** Judges what came of a token request: normalises, validates, or finds its row in the outcome table. */
export async function readTokenAnswer(
  exchange: Exchange,
  options: ReadOptions,
): Promise<TokenAnswer> {
  const nowMs = exchange.answeredAtMs + clockOffsetMs(exchange)
  const answer = normalizeTokenAnswer(exchange, options.rules ?? {}, nowMs)
  const { status = 0, fault } = exchange
  // JSON that has its end is whole, though the connection broke behind it.
  const whole = status >= 200 && status < 300 && (fault === undefined || answer.root !== undefined)
  if (whole && answer.fields.access_token !== undefined && !answer.failed) {
    const body = await validate(answer.fields, options.request)
    if (body !== undefined) return toAnswer(body, answer, options, exchange, nowMs)
  }
  return toRefusal(exchange, answer, options)
}

/** Undefined for what is no token answer. The library's errors hold the tokens: none gets out of here. */
async function validate(
  fields: NormalAnswer['fields'],
  request: ReadOptions['request'],
): Promise<TokenEndpointResponse | undefined> {
  const { server, client } = partiesOf(request)
  const response = new Response(JSON.stringify(fields), {
    headers: { 'content-type': 'application/json' },
  })
  try {
    const body = await processGenericTokenEndpointResponse(server, client, response)
    return body.token_type === 'bearer' ? body : undefined
  } catch {
    return undefined
  }
}

function toAnswer(
  body: TokenEndpointResponse,
  { root = {}, idToken, lifetime, refreshTokenLifetime, doubtful, tooLong }: NormalAnswer,
  options: ReadOptions,
  exchange: Exchange,
  nowMs: number,
): TokenAnswer {
  const { ms: lifetimeMs, note } = tokenLifetime(body, lifetime, options, nowMs)
  const subject = subjectIn(root, idToken, options.subjectPath)
  const isUnread = doubtful || (options.rotates === true && body.refresh_token === undefined)
  return {
    outcome: 'granted',
    accessToken: new Secret(body.access_token),
    refreshToken: body.refresh_token === undefined ? undefined : new Secret(body.refresh_token),
    lifetimeMs,
    lifetimeNote: note,
    refreshTokenLifetimeMs: refreshTokenLifetime.ms,
    unread: isUnread ? packAnswer(exchange) : undefined,
    warnings: tooLong && [longTokenMessage(tooLong, new URL(options.request.tokenUrl).host)],
    scope: body.scope,
    subject,
    answer: hiddenJson(root),
  }
}

/** The lifetime in the answer, else the definition's, else the one in the JWT itself. The note stays where the answer's lifetime was of no use. */
function tokenLifetime(
  { access_token }: TokenEndpointResponse,
  answered: Lifetime,
  { rules, defaultLifetimeMs }: ReadOptions,
  nowMs: number,
): Lifetime {
  if (rules?.lifetime === 'configured') return { ms: defaultLifetimeMs }
  if (answered.ms !== undefined) return answered
  const ms = defaultLifetimeMs ?? jwtLifetimeMs(access_token, nowMs)
  return { ...answered, ms }
}

function toRefusal(
  exchange: Exchange,
  answer: NormalAnswer,
  { request, rules = {} }: ReadOptions,
): TokenAnswer {
  const { tokenUrl } = request
  const notYet = notReady(exchange, answer, rules)
  if (notYet !== undefined) return notYet
  const wait = askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs })
  const { sent, fault, status } = exchange
  const facts: FailedExchange = {
    sent,
    html: answer.html,
    tellsFailure: answer.failed,
    foreignScheme: answer.fields.token_type !== undefined && answer.fields.token_type !== 'bearer',
    tooLong: answer.tooLong !== undefined,
    fault,
    status,
    retryAfterMs: wait,
    error: answer.error,
    providerCode: answer.providerCode,
  }
  const failureClass = classifyOutcome(facts)
  const code = outcomeCode(facts)
  const { host } = new URL(tokenUrl)
  const { tooLong } = answer
  return {
    outcome: 'refused',
    class: failureClass,
    code,
    message:
      code === TOKEN_TOO_LONG && tooLong !== undefined
        ? longTokenMessage(tooLong, host)
        : outcomeMessage(failureClass, code, host),
    retryAfterMs: wait,
    unread: mayHoldTokens(exchange, answer) ? packAnswer(exchange) : undefined,
  }
}

/** Whether an answer may have used up the old grant: it succeeded, or it is no plain refusal. */
function mayHoldTokens({ status = 0, text, received }: Exchange, answer: NormalAnswer): boolean {
  const { access_token: access, refresh_token: refresh } = answer.fields
  if (access !== undefined || refresh !== undefined) return true
  const isEmpty = text.trim() === '' && (received?.length ?? 0) === 0
  return status >= 200 && status < 300 && !isEmpty && !(answer.failed && !answer.doubtful)
}

const NOT_READY_MS = 2000

function notReady(
  exchange: Exchange,
  { fields }: NormalAnswer,
  { notReady: rule }: TokenAnswerRules,
): TokenAnswer | undefined {
  const { status, answeredAtMs } = exchange
  if (rule === undefined || status !== rule.status || fields.access_token !== undefined)
    return undefined
  const waitMs = askedWaitMs({ ...exchange, nowMs: answeredAtMs })
  return {
    outcome: 'refused',
    class: 'throttled',
    code: 'not_ready',
    message: `the token is not ready yet (HTTP ${status}): it is asked for again.`,
    retryAfterMs: waitMs ?? rule.afterMs ?? NOT_READY_MS,
  }
}

const hide = { value: () => '[hidden]', enumerable: false }

/** A copy of a JSON object that holds tokens: read by path as any other, but not printed by accident. */
function hiddenJson(value: object): object {
  return Object.defineProperties({ ...value }, { toJSON: hide, [INSPECT]: hide })
}
