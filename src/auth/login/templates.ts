import { isWellFormed } from '../../contract/outside-values.js'
import { fillTemplate, mapTexts, parseTemplate, textsOf } from '../../definition/template.js'
import type { JsonTemplate } from './login-definition.js'

export type LoginValue = string | number | boolean
export type LoginValues = ReadonlyMap<string, LoginValue>

/** A value that may not stand where a template puts it, or one that is not there. */
export class UnusableValue extends Error {
  constructor(
    readonly template: string,
    /** The name of the value: a word of the definition, never the value. */
    readonly valueName: string,
    readonly problem: string,
  ) {
    super('unusable value')
  }
}

/** The names of a template, or of every text of a JSON template. */
export function namesIn(template: JsonTemplate): string[] {
  return textsOf(template).flatMap(([, text]) => parse(text).names)
}

/** Whether every brace of a template belongs to a placeholder. */
export function hasStrayBrace(template: JsonTemplate): boolean {
  return textsOf(template).some(([, text]) => parse(text).hasStrayBrace)
}

/** The name that the template of a URL begins with, where it stands alone or before a slash: it may be a URL that an answer gave. */
export function leadingName(template: string): string | undefined {
  const {
    texts: [before, behind = ''],
    names: [name, next],
  } = parse(template)
  const isAlone = behind === '' && next === undefined
  return before === '' && (isAlone || behind.startsWith('/')) ? name : undefined
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
  return fillTemplate(parse(template), (name) => {
    const value = values.get(name)
    if (value === undefined) throw new UnusableValue(where, name, 'is missing')
    const encoded = encode(String(value))
    if (encoded === undefined) throw new UnusableValue(where, name, problem)
    return encoded
  })
}

/** Fills the texts of a JSON template. A text that is one name becomes its value, whatever its type. */
export function fillJson(template: JsonTemplate, where: string, values: LoginValues): JsonTemplate {
  return mapTexts(template, (text) => {
    const { texts, names } = parse(text)
    const isWhole = names.length === 1 && texts.every((part) => part === '')
    const value = isWhole ? values.get(names[0] ?? '') : undefined
    return value ?? fillText(text, where, values, asIs)
  })
}

function parse(template: string) {
  return parseTemplate(template, 'doubled')
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
