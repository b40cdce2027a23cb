import { isWellFormed } from '../../contract/outside-values.js'
import type { JsonTemplate } from './login-definition.js'

/** `{name}`; `{{` and `}}` are braces. */
const LOGIN_PLACEHOLDER = /\{\{|\}\}|\{([A-Za-z][A-Za-z0-9_]{0,63})\}/g
const WHOLE = /^\{([A-Za-z][A-Za-z0-9_]{0,63})\}$/

export type LoginValue = string | number | boolean
export type LoginValues = ReadonlyMap<string, LoginValue>

/** A value that may not stand where a template puts it, or one that is not there. */
export class UnusableValue extends Error {
  constructor(
    readonly template: string,
    /** Of the value: a word of the definition, never the value. */
    readonly valueName: string,
    readonly problem: string,
  ) {
    super('unusable value')
  }
}

/** The names of a template, or of every text of a JSON template; keys are no templates. */
export function namesIn(template: JsonTemplate): string[] {
  if (typeof template === 'string')
    return [...template.matchAll(LOGIN_PLACEHOLDER)].flatMap(([, name]) => name ?? [])
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap((part: JsonTemplate) => namesIn(part))
}

/** Whether every brace of a template belongs to a placeholder. */
export function hasStrayBrace(template: JsonTemplate): boolean {
  if (typeof template === 'string') return /[{}]/.test(template.replaceAll(LOGIN_PLACEHOLDER, ''))
  if (typeof template !== 'object' || template === null) return false
  return Object.values(template).some((part: JsonTemplate) => hasStrayBrace(part))
}

/**
 * Fills a template; `encode` makes each value fit its place, and gives nothing for one that can't.
 * @throws UnusableValue
 */
export function fillText(
  template: string,
  where: string,
  values: LoginValues,
  encode: (value: string) => string | undefined,
  problem = 'may not stand there',
): string {
  return template.replaceAll(LOGIN_PLACEHOLDER, (found, name?: string) => {
    if (name === undefined) return found.slice(1)
    const value = values.get(name)
    if (value === undefined) throw new UnusableValue(where, name, 'is missing')
    const encoded = encode(String(value))
    if (encoded === undefined) throw new UnusableValue(where, name, problem)
    return encoded
  })
}

/** Fills the texts of a JSON template. What comes out is data: a value can't become structure. */
export function fillJson(template: JsonTemplate, where: string, values: LoginValues): JsonTemplate {
  if (typeof template === 'string') {
    const whole = WHOLE.exec(template)?.[1]
    const value = whole === undefined ? undefined : values.get(whole)
    return value ?? fillText(template, where, values, asIs)
  }
  if (typeof template !== 'object' || template === null) return template
  if (isList(template)) return template.map((part) => fillJson(part, where, values))
  return Object.fromEntries(
    Object.entries(template).map(([name, part]) => [name, fillJson(part, where, values)]),
  )
}

export function asIs(value: string): string {
  return value
}

/** XML 1.0 section 2.2 and 4.6. */
export function escapeXml(value: string): string | undefined {
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value) || !isWellFormed(value)) return undefined
  return value.replaceAll(/[&<>"'\r\n\t]/g, (one) => `&#${one.charCodeAt(0)};`)
}

/** One part of a path or one value of a query (RFC 3986 section 3.3). */
export function encodeSegment(value: string): string | undefined {
  const dots = value === '' || value === '.' || value === '..'
  return dots || !isWellFormed(value) ? undefined : encodeURIComponent(value)
}

export function withoutControl(value: string): string | undefined {
  return /[\0-\x1f\x7f]/.test(value) ? undefined : value
}

function isList(template: object): template is readonly JsonTemplate[] {
  return Array.isArray(template)
}
