import { processGenericTokenEndpointResponse, type TokenEndpointResponse } from 'oauth4webapi'
import type { TokenAnswerRules } from './token-answer-rules.js'
import { Secret } from '../../sealing/secret.js'
import type { MintOutcome } from '../auth-kind.js'
import { classifyOutcome, type FailedExchange, outcomeCode } from './classify-outcome.js'
import { hiddenJson } from './hidden-json.js'
import { jwtLifetimeMs } from './jwt-lifetime.js'
import { type NormalAnswer, normalizeTokenAnswer } from './normalize-token-answer.js'
import { outcomeMessage } from './outcome-message.js'
import { askedWaitMs } from '../../definition/told-wait.js'
import { partiesOf, type TokenRequest } from './send-token-request.js'
import type { Exchange } from '../exchange.js'
import { subjectOf } from './subject.js'

/** What a token answer holds, or the row of the outcome table that it belongs to. */
export type TokenAnswer =
  | {
      readonly ok: true
      readonly accessToken: Secret
      /** Absent: the old one stays. */
      readonly refreshToken?: Secret
      readonly lifetimeMs?: number
      readonly refreshTokenLifetimeMs?: number
      readonly scope?: string
      readonly subject?: string
      /** The JSON of the answer, not to be printed. */
      readonly answer: object
    }
  | Extract<MintOutcome, { ok: false }>

export interface ReadOptions {
  readonly request: Pick<TokenRequest, 'tokenUrl' | 'clientId'>
  readonly rules?: TokenAnswerRules
  /** Where the answer names no lifetime; comes before the `exp` of a JWT. */
  readonly defaultLifetimeMs?: number
  /** Path of what names the account, in place of the id token's claims. */
  readonly subjectPath?: string
}

/** Judges what came of a token request: normalises, validates, or finds its row in the outcome table. */
export async function readTokenAnswer(
  exchange: Exchange,
  options: ReadOptions,
): Promise<TokenAnswer> {
  const answer = normalizeTokenAnswer(exchange, options.rules ?? {}, exchange.answeredAtMs)
  const { status = 0 } = exchange
  const whole = exchange.fault === undefined && status >= 200 && status < 300 && status !== 204
  if (whole && answer.fields.access_token !== undefined && !answer.failed) {
    const body = await validate(answer.fields, options.request)
    if (body !== undefined) return toAnswer(body, answer, options, exchange)
  }
  return failure(exchange, answer, options.request.tokenUrl)
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
  { fields, root = {}, idToken }: NormalAnswer,
  options: ReadOptions,
  exchange: Exchange,
): TokenAnswer {
  const lifetimeMs = lifetimeOf(body, options, exchange)
  const subject = subjectOf(root, idToken, options.subjectPath)
  const refreshSeconds = Number(fields.refresh_token_expires_in ?? NaN)
  return {
    ok: true,
    accessToken: new Secret(body.access_token),
    ...(body.refresh_token === undefined ? {} : { refreshToken: new Secret(body.refresh_token) }),
    ...(lifetimeMs === undefined ? {} : { lifetimeMs: Math.floor(lifetimeMs) }),
    ...(Number.isNaN(refreshSeconds)
      ? {}
      : { refreshTokenLifetimeMs: Math.floor(refreshSeconds * 1000) }),
    ...(body.scope === undefined ? {} : { scope: body.scope }),
    ...(subject === undefined ? {} : { subject }),
    answer: hiddenJson(root),
  }
}

function lifetimeOf(
  { access_token, expires_in }: TokenEndpointResponse,
  { rules, defaultLifetimeMs }: ReadOptions,
  { answeredAtMs }: Exchange,
): number | undefined {
  if (rules?.lifetime === 'configured') return defaultLifetimeMs
  if (expires_in !== undefined) return expires_in * 1000
  return defaultLifetimeMs ?? jwtLifetimeMs(access_token, answeredAtMs)
}

function failure(exchange: Exchange, answer: NormalAnswer, tokenUrl: string): TokenAnswer {
  const wait = askedWaitMs({ ...exchange, nowMs: exchange.answeredAtMs })
  const { sent, fault, status } = exchange
  const facts: FailedExchange = {
    sent,
    html: answer.html,
    told: answer.failed,
    foreignScheme: answer.fields.token_type !== undefined && answer.fields.token_type !== 'bearer',
    ...(fault === undefined ? {} : { fault }),
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(answer.providerCode === undefined ? {} : { providerCode: answer.providerCode }),
  }
  const failureClass = classifyOutcome(facts)
  const code = outcomeCode(facts)
  return {
    ok: false,
    class: failureClass,
    code,
    message: outcomeMessage(failureClass, code, new URL(tokenUrl).host),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  }
}
