/** Plain data whose texts may be templates. */
export type JsonTexts =
  string | number | boolean | null | readonly JsonTexts[] | { readonly [name: string]: JsonTexts }

/**
 * How names stand in a template. `plain`: whatever is in braces is a name, which the definition's rules
 * then check. `doubled`: `{{` and `}}` are braces, for templates that hold JSON or XML, and only
 * `{letters_and_digits}` is a name.
 */
export type TemplateNotation = 'plain' | 'doubled'

/** A template in its parts: texts and names take turns, and a text, which may be empty, begins and ends it. */
export interface Template {
  readonly texts: readonly string[]
  readonly names: readonly string[]
  /** Whether a brace belongs to no name. */
  readonly hasStrayBrace: boolean
}

const NOTATIONS: Readonly<Record<TemplateNotation, RegExp>> = {
  plain: /\{([^{}]*)\}/g,
  doubled: /\{\{|\}\}|\{([A-Za-z]\w{0,63})\}/g,
}

/** The one reader of `{name}` templates. */
export function parseTemplate(template: string, notation: TemplateNotation = 'plain'): Template {
  const texts: string[] = []
  const names: string[] = []
  let hasStrayBrace = false
  let text = ''
  let end = 0
  const readUpTo = (index: number): void => {
    const between = template.slice(end, index)
    if (/[{}]/.test(between)) hasStrayBrace = true
    text += between
  }
  for (const { 0: found, 1: name, index } of template.matchAll(NOTATIONS[notation])) {
    readUpTo(index)
    end = index + found.length
    if (name === undefined) text += found.slice(1)
    else {
      texts.push(text)
      names.push(name)
      text = ''
    }
  }
  readUpTo(template.length)
  texts.push(text)
  return { texts, names, hasStrayBrace }
}

/** The names of a template, in order, each as often as it stands there. */
export function templateNames(template: string, notation?: TemplateNotation): readonly string[] {
  return parseTemplate(template, notation).names
}

/** Fills in every name of a template once: what a value holds is not looked at again. */
export function fillTemplate(
  template: string | Template,
  valueOf: (name: string, index: number) => string,
): string {
  const { texts, names } = typeof template === 'string' ? parseTemplate(template) : template
  let filled = texts[0] ?? ''
  // By index: an iterator makes an array a name, and templates are filled in for each request.
  for (let index = 0; index < names.length; index += 1)
    filled += valueOf(names[index] ?? '', index) + (texts[index + 1] ?? '')
  return filled
}

/** Says what is wrong with a template over the given names, or nothing. */
export function templateProblem(template: string, known: readonly string[]): string | undefined {
  const { names, hasStrayBrace } = parseTemplate(template)
  if (names.some((name) => !known.includes(name)))
    return `holds a placeholder that is none of ${known.map((name) => `{${name}}`).join(', ')}`
  return hasStrayBrace ? 'holds a brace that belongs to no placeholder' : undefined
}

/** Every text of the data with its path; the names of members are no templates. */
export function textsOf(data: JsonTexts, path = ''): readonly (readonly [string, string])[] {
  if (typeof data === 'string') return [[path, data]]
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([name, part]: [string, JsonTexts]) =>
    textsOf(part, path === '' ? name : `${path}.${name}`),
  )
}

/** The data with each of its texts changed. What comes out is data: a text can't become structure. */
export function mapTexts(data: JsonTexts, change: (text: string) => JsonTexts): JsonTexts {
  if (typeof data === 'string') return change(data)
  if (typeof data !== 'object' || data === null) return data
  if (isList(data)) return data.map((part) => mapTexts(part, change))
  return Object.fromEntries(
    Object.entries(data).map(([name, part]) => [name, mapTexts(part, change)]),
  )
}

function isList(data: object): data is readonly JsonTexts[] {
  return Array.isArray(data)
}
