import {
  ERROR_CODE_FORM,
  TOKEN_ERROR_CODES,
  type TokenAnswerRules,
  type TokenErrorCode,
  type TokenField,
} from './token-endpoint-rules.js'
import { scalarText } from '../../wire/exact-number.js'
import { headerText } from '../../wire/header-lines.js'
import { atPath } from '../../definition/at-path.js'
import { utf8Length } from '../../contract/outside-values.js'
import { isRecord } from '../../contract/plain-data.js'
import type { Exchange } from '../kind/exchange.js'
import { isHeaderValue } from '../kind/header-value.js'
import { earliestLifetime, type Lifetime, readLifetime } from '../kind/lifetime.js'
import { parseTokenAnswer } from './parse-token-answer.js'

export interface NormalAnswer {
  /** The standard fields that the answer holds in a usable form. */
  readonly fields: Partial<Record<TextField, string>>
  readonly lifetime: Lifetime
  readonly refreshTokenLifetime: Lifetime
  /** Whether the answer reports a failure. */
  readonly failed: boolean
  readonly error?: TokenErrorCode | undefined
  /** An unknown code, where it has the form of one (`bad_verification_code`): to be named in a mapping. */
  readonly providerCode?: string | undefined
  readonly html: boolean
  /** The whole answer, where it is a JSON object or list or a form. */
  readonly root?: object | undefined
  /** The id token beside the access token, or at the top. */
  readonly idToken?: string | undefined
  /** A token is written in a way that could not be read, or twice: what was read may not be what was meant. */
  readonly doubtful: boolean
  /** A token with more bytes than are taken; the first of two. */
  readonly tooLong?: LongToken | undefined
}

export interface LongToken {
  readonly field: (typeof TOKENS)[number]
  readonly bytes: number
}

/** The longest token. Those of providers have at most some KB; a request that carries more is refused, and a workflow carries it for months. */
export const MAX_TOKEN_BYTES = 32 * 1024

type TextField = Exclude<TokenField, 'expires_in' | 'refresh_token_expires_in'>

/** Token types that need more than to be sent along (RFC 9449, RFC 8705 drafts): no bearer tokens. */
const OTHER_SCHEMES = new Set(['dpop', 'mac', 'pop', 'n_a'])

/**
 * Makes a provider's token answer a standard one, as the connector's rules say. Pure; throws nothing.
 * @param nowMs by the provider's clock, as far as it is known
 */
export function normalizeTokenAnswer(
  exchange: Exchange,
  rules: TokenAnswerRules,
  nowMs: number,
): NormalAnswer {
  const parsed = parseTokenAnswer(exchange, rules)
  const root =
    isRecord(parsed) || (Array.isArray(parsed) && rules.at !== undefined) ? parsed : undefined
  const source = root === undefined || rules.at === undefined ? root : atPath(root, rules.at)
  const at = (field: TokenField): unknown =>
    isRecord(source) ? atPath(source, rules.fields?.[field] ?? field) : undefined
  const fields = readFields(at, rules)
  const codes = errorCodes(exchange, root, rules)
  const error = codes.map((code) => standardCode(code, rules)).find((code) => code !== undefined)
  const providerCode = codes.find((code) => ERROR_CODE_FORM.test(code))
  const isFailure =
    saysFailure(root, rules) || (fields.access_token === undefined && codes.length > 0)
  const tooLong = longToken(at)
  const { expiresIn = 'seconds', refreshTokenExpiresIn = expiresIn } = rules
  return {
    fields,
    lifetime: earliestLifetime([
      readLifetime(at('expires_in'), expiresIn, nowMs),
      ...(rules.expiresWith ?? []).map((path) =>
        readLifetime(atPath(root, path), expiresIn, nowMs),
      ),
    ]),
    refreshTokenLifetime: readLifetime(
      at('refresh_token_expires_in'),
      refreshTokenExpiresIn,
      nowMs,
    ),
    failed: isFailure || error !== undefined,
    html: root === undefined && /^\s*</.test(exchange.text),
    doubtful: TOKENS.some(
      (name) => isUnreadToken(at(name), fields[name]) || isRepeated(exchange.text, name, rules),
    ),
    root,
    idToken: root === undefined ? undefined : idTokenOf(root, rules),
    tooLong,
    error,
    providerCode: error === undefined ? providerCode : undefined,
  }
}

const TOKENS = ['access_token', 'refresh_token'] as const

function readFields(at: (field: TokenField) => unknown, rules: TokenAnswerRules) {
  const type = at('token_type')
  const scope = at('scope')
  const foreign = typeof type === 'string' && OTHER_SCHEMES.has(type.toLowerCase())
  const read: Record<TextField, string | undefined> = {
    access_token: toToken(at('access_token'), isHeaderValue),
    refresh_token: toToken(at('refresh_token'), () => true),
    token_type: foreign ? type : (rules.tokenType ?? 'bearer'),
    scope: textOrNone(Array.isArray(scope) ? scope.filter(isText).join(' ') : scope),
  }
  const fields: NormalAnswer['fields'] = {}
  for (const [name, value] of Object.entries(read) as [TextField, string | undefined][])
    if (value !== undefined) fields[name] = value
  return fields
}

/** Something stands there, and no token was made of it. */
function isUnreadToken(value: unknown, read: string | undefined): boolean {
  return read === undefined && value !== undefined && value !== null && value !== ''
}

/** Whether a member stands there twice. Of two members of one name the last is read, as JavaScript does; others read the first (RFC 8259 section 4). */
function isRepeated(text: string, name: (typeof TOKENS)[number], rules: TokenAnswerRules): boolean {
  const written = JSON.stringify(rules.fields?.[name]?.split('.').at(-1) ?? name)
  // A path says that there may be several objects with tokens.
  if (rules.at !== undefined) return false
  const first = text.indexOf(written)
  return first >= 0 && text.includes(written, first + 1)
}

function idTokenOf(root: object, { at }: TokenAnswerRules): string | undefined {
  const beside = at === undefined ? undefined : atPath(root, `${at}.id_token`)
  return textOrNone(beside ?? atPath(root, 'id_token'))
}

/** A token that no request could carry, a longer one than is taken, or a blank one, is none. */
function toToken(value: unknown, usable: (text: string) => boolean): string | undefined {
  // U+FFFD stands for bytes that could not be read.
  const text = textOrNone(scalarText(value))
  const whole = text !== undefined && text.trim() !== '' && !text.includes('\uFFFD')
  if (whole && utf8Length(text) > MAX_TOKEN_BYTES) return undefined
  return whole && !/\p{Surrogate}/u.test(text) && usable(text) ? text : undefined
}

function longToken(at: (field: TokenField) => unknown): LongToken | undefined {
  return TOKENS.map((field) => ({
    field,
    bytes: utf8Length(textOrNone(scalarText(at(field))) ?? ''),
  })).find(({ bytes }) => bytes > MAX_TOKEN_BYTES)
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function saysFailure(root: object | undefined, { failure }: TokenAnswerRules): boolean {
  if (root === undefined || failure === undefined) return false
  const mark = atPath(root, failure.path)
  if (failure.okValue !== undefined) return mark !== failure.okValue
  return mark !== undefined && mark !== null && mark !== '' && mark !== false
}

/** From the body (RFC 6749 section 5.2) or, at 401, from the challenge (RFC 9110 section 11.6.1). */
function errorCodes(
  { status = 0, headers }: Exchange,
  root: object | undefined,
  rules: TokenAnswerRules,
): readonly string[] {
  const isFailure = saysFailure(root, rules)
  const rulePath = isFailure ? (rules.failure?.code ?? rules.failure?.path) : undefined
  const challenge = /\berror\s*=\s*"?([^",\s]+)/i.exec(
    headerText(headers, 'www-authenticate') ?? '',
  )?.[1]
  const codes = [
    root === undefined || rulePath === undefined ? undefined : atPath(root, rulePath),
    atPath(root, 'error'),
    status === 401 ? challenge : undefined,
  ]
  return codes
    .map(scalarText)
    .filter(isText)
    .filter((code) => code !== '')
}

function standardCode(code: string, rules: TokenAnswerRules): TokenErrorCode | undefined {
  if (rules.errors !== undefined && Object.hasOwn(rules.errors, code)) return rules.errors[code]
  return TOKEN_ERROR_CODES.find((known) => known === code)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
