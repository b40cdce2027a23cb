import { firstHeader } from '../../wire/header-lines.js'
import { tryParseJson } from '../../wire/json.js'
import type { Exchange } from '../kind/exchange.js'
import type { TokenAnswerRules } from './token-endpoint-rules.js'

/**
 * The JSON or form of a token answer, as tolerant clients read it: whatever the media type, behind a
 * byte order mark, before trailing bytes, or as JSON in a JSON string. Undefined for anything else.
 */
export function parseTokenAnswer(
  { text: raw, headers, fault }: Exchange,
  rules: Pick<TokenAnswerRules, 'form'>,
): unknown {
  const text = withoutMark(raw)
  const parsed = parseJsonText(text)
  if (typeof parsed === 'object') return parsed
  const isForm =
    rules.form === true ||
    /\bx-www-form-urlencoded\b/i.test(firstHeader(headers, 'content-type') ?? '') ||
    /^(?:[\w.~-]+=[^\s<>{}&]*&)*(?:access|refresh)_token=/.test(text)
  // Nothing tells where a form ends.
  if (fault !== undefined || !isForm || !/^[^\s<>{}]+=/.test(text)) return undefined
  return Object.fromEntries(new URLSearchParams(text.trim()))
}

/** JSON behind a byte order mark, before trailing bytes, or in a JSON string; undefined for anything else. */
export function parseJsonText(raw: string): unknown {
  const parsed = parseFirstJson(withoutMark(raw))
  return typeof parsed === 'string' && /^\s*\{/.test(parsed) ? parseFirstJson(parsed) : parsed
}

function withoutMark(raw: string): string {
  return raw.replace(/^[\uFEFF\0\s]+/, '')
}

function parseFirstJson(text: string): unknown {
  const whole = tryParseJson(text)
  const end = whole === undefined && /^[{[]/.test(text) ? endOfValue(text) : undefined
  return end === undefined || end === text.length ? whole : tryParseJson(text.slice(0, end))
}

/** Where the object or list ends that a text begins with. */
function endOfValue(text: string): number | undefined {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
