import {
  TOKEN_ERROR_CODES,
  TOKEN_FIELDS,
  type TokenAnswerRules,
  type TokenErrorCode,
  type TokenField,
} from './token-answer-rules.js'
import { atPath } from '../../definition/at-path.js'
import type { Exchange } from '../exchange.js'
import { isHeaderValue } from '../header-value.js'
import { toSeconds } from './expiry.js'

type Json = Readonly<Record<string, unknown>>

export interface NormalAnswer {
  /** The standard fields that the answer holds in a usable form; `expires_in` in seconds from now. */
  readonly fields: Partial<Record<TokenField, string | number>>
  /** Whether the provider tells a failure. */
  readonly failed: boolean
  readonly error?: TokenErrorCode
  /** An unknown code, where it has the form of one (`bad_verification_code`): to be named in a mapping. */
  readonly providerCode?: string
  readonly html: boolean
  /** The whole answer. */
  readonly root?: Json
  /** The id token beside the access token, or at the top. */
  readonly idToken?: string
}

/** Token types that need more than to be sent along (RFC 9449, RFC 8705 drafts): no bearer tokens. */
const OTHER_SCHEMES = new Set(['dpop', 'mac', 'pop', 'n_a'])

/** Makes a provider's token answer a standard one, as the connector's rules say. Pure; throws nothing. */
export function normalizeTokenAnswer(
  exchange: Exchange,
  rules: TokenAnswerRules,
  nowMs: number,
): NormalAnswer {
  const root = parseAnswer(exchange, rules)
  const fields = root === undefined ? {} : readFields(root, rules, nowMs)
  const codes = toldCodes(exchange, root, rules)
  const error = codes.map((code) => standardCode(code, rules)).find((code) => code !== undefined)
  const providerCode = codes.find((code) => CODE_FORM.test(code))
  const told = toldFailure(root, rules) || (fields.access_token === undefined && codes.length > 0)
  return {
    fields,
    failed: told || error !== undefined,
    html: root === undefined && /^\s*</.test(exchange.text),
    ...(root === undefined ? {} : { root, ...idTokenOf(root, rules) }),
    ...(error === undefined ? {} : { error }),
    ...(error !== undefined || providerCode === undefined ? {} : { providerCode }),
  }
}

function parseAnswer({ text, headers }: Exchange, rules: TokenAnswerRules) {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    const form =
      rules.form === true || /\bx-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
    if (!form || !/^[^\s<>{}]+=/.test(text)) return undefined
    return Object.fromEntries(new URLSearchParams(text.trim()))
  }
}

function readFields(root: Json, rules: TokenAnswerRules, nowMs: number): NormalAnswer['fields'] {
  const source = rules.at === undefined ? root : atPath(root, rules.at)
  if (!isObject(source)) return {}
  const fields: NormalAnswer['fields'] = {}
  for (const field of TOKEN_FIELDS) {
    const value = atPath(source, rules.fields?.[field] ?? field)
    const usable = toField(field, value, rules, nowMs)
    if (usable !== undefined) fields[field] = usable
  }
  const ends = [fields.expires_in, ...furtherLifetimes(root, rules, nowMs)]
  const seconds = ends.filter((one): one is number => typeof one === 'number')
  return seconds.length === 0 ? fields : { ...fields, expires_in: Math.min(...seconds) }
}

function furtherLifetimes(root: Json, rules: TokenAnswerRules, nowMs: number) {
  const { expiresWith = [], expiresIn = 'seconds' } = rules
  return expiresWith.map((path) => toSeconds(atPath(root, path), expiresIn, nowMs))
}

function idTokenOf(root: Json, { at }: TokenAnswerRules): { readonly idToken?: string } {
  const beside = at === undefined ? undefined : atPath(root, `${at}.id_token`)
  const idToken = toText(beside ?? atPath(root, 'id_token'))
  return idToken === undefined ? {} : { idToken }
}

function toField(field: TokenField, value: unknown, rules: TokenAnswerRules, nowMs: number) {
  switch (field) {
    case 'expires_in':
      return toSeconds(value, rules.expiresIn ?? 'seconds', nowMs)
    case 'refresh_token_expires_in': {
      const form = rules.refreshTokenExpiresIn ?? rules.expiresIn ?? 'seconds'
      return toSeconds(value, form, nowMs)
    }
    case 'token_type':
      return typeof value === 'string' && OTHER_SCHEMES.has(value.toLowerCase())
        ? value
        : (rules.tokenType ?? 'bearer')
    case 'scope':
      return toText(Array.isArray(value) ? value.filter(isText).join(' ') : value)
    case 'access_token':
      return toToken(value, isHeaderValue)
    case 'refresh_token':
      return toToken(value, () => true)
  }
}

/** A token that no request could carry, or a blank one, is none. */
function toToken(value: unknown, usable: (text: string) => boolean): string | undefined {
  const text = toText(typeof value === 'number' ? String(value) : value)
  return text !== undefined && text.trim() !== '' && usable(text) ? text : undefined
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function toldFailure(root: Json | undefined, { failure }: TokenAnswerRules): boolean {
  if (root === undefined || failure === undefined) return false
  const told = atPath(root, failure.path)
  if (failure.okValue !== undefined) return told !== failure.okValue
  return told !== undefined && told !== null && told !== '' && told !== false
}

/** Words joined by underscores: tokens don't look so. */
const CODE_FORM = /^[a-z]{2,24}(?:_[a-z]{2,24}){1,4}$/

/** From the body (RFC 6749 section 5.2) or, at 401, from the challenge (RFC 9110 section 11.6.1). */
function toldCodes(
  { status = 0, headers }: Exchange,
  root: Json | undefined,
  rules: TokenAnswerRules,
): readonly string[] {
  const told = toldFailure(root, rules)
  const rulePath = told ? (rules.failure?.code ?? rules.failure?.path) : undefined
  const challenge = /\berror\s*=\s*"?([^",\s]+)/i.exec(headers['www-authenticate'] ?? '')?.[1]
  const codes = [
    root === undefined || rulePath === undefined ? undefined : atPath(root, rulePath),
    root?.error,
    status === 401 ? challenge : undefined,
  ]
  return codes
    .map((code) => (typeof code === 'number' ? String(code) : code))
    .filter(isText)
    .filter((code) => code !== '')
}

function standardCode(code: string, rules: TokenAnswerRules): TokenErrorCode | undefined {
  if (rules.errors !== undefined && Object.hasOwn(rules.errors, code)) return rules.errors[code]
  return TOKEN_ERROR_CODES.find((known) => known === code)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
