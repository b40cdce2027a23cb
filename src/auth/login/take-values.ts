import { Cookie } from 'tough-cookie'
import { isExact } from '../../wire/exact-number.js'
import { headerText } from '../../wire/header-lines.js'
import { tryParseJson } from '../../wire/json.js'
import { atPath } from '../../definition/at-path.js'
import type { Exchange } from '../exchange.js'
import type { LoginTake } from './login-definition.js'
import { matchPattern } from './safe-pattern.js'
import type { LoginValue } from './templates.js'

export type Taken =
  | { readonly ok: true; readonly values: ReadonlyMap<string, LoginValue> }
  /** The first name whose value the answer lacks. */
  | { readonly ok: false; readonly missing: string }

/** It goes into every lease: what is longer is no token. */
const MAX_MATCHED_LENGTH = 16_384

/** Takes the values of a step out of its answer; an empty or an endless one is none. */
export function takeValues(
  take: Readonly<Record<string, LoginTake>> | undefined,
  exchange: Exchange,
): Taken {
  const values = new Map<string, LoginValue>()
  for (const [name, from] of Object.entries(take ?? {})) {
    const value = takeOne(from, exchange)
    if (value === undefined || value === '' || String(value).length > MAX_MATCHED_LENGTH)
      return { ok: false, missing: name }
    values.set(name, value)
  }
  return { ok: true, values }
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
