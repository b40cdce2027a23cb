/** One step of a path. `rest`: the text from here to its end, which may be the name of one key as a whole. */
export interface PathStep {
  readonly name: string
  /** A place in a list, counted from its end where it is negative. */
  readonly index?: number | undefined
  readonly rest?: string | undefined
}

/** What is wrong with the text of a path, in words that go behind its name. */
export interface PathProblem {
  readonly problem: string
}

const INDEX = /^-?\d{1,9}$/
/** Longer than any that somebody writes by hand. */
const MAX_PATH_LENGTH = 1000
const PLAIN_NAME = /[^.[\]\s]+/y
const BLANK = /\s/
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/**
 * Reads names joined by dots (`data.orders`) and, in brackets, any other key in quotes
 * (`data['a.b']`, `["it's"]`, `['']`, with the escapes of JSON) or a place in a list (`orders[0]`, `[-1]`).
 */
export function parseNotation(text: string): readonly PathStep[] | PathProblem {
  if (text === '') return { problem: `must be names joined by dots, as in 'data.orders'` }
  if (text.length > MAX_PATH_LENGTH)
    return { problem: `is longer than ${MAX_PATH_LENGTH} characters` }
  const steps: PathStep[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] === '[') {
      const step = readBracket(text, at)
      if ('problem' in step) return step
      steps.push(step.step)
      at = step.end
    } else {
      if (steps.length > 0) {
        if (text[at] !== '.') return unexpected(text, at)
        at += 1
        // `a.['b']`: the dot adds nothing.
        if (text[at] === '[') continue
      }
      PLAIN_NAME.lastIndex = at
      const [name] = PLAIN_NAME.exec(text) ?? []
      if (name === undefined) return unexpected(text, at)
      const rest = text.slice(at)
      steps.push(rest === name ? { name } : { name, rest })
      at += name.length
    }
  }
  return steps
}

function readBracket(
  text: string,
  start: number,
): { readonly step: PathStep; readonly end: number } | PathProblem {
  const quote = text[start + 1]
  if (quote === '"' || quote === "'") {
    let name = ''
    let at = start + 2
    while (at < text.length && text[at] !== quote) {
      if (text[at] !== '\\') {
        name += text[at] ?? ''
        at += 1
        continue
      }
      const escape = text[at + 1] ?? ''
      const code = /^u([0-9A-Fa-f]{4})/.exec(text.slice(at + 1, at + 6))?.[1]
      if (code !== undefined) name += String.fromCharCode(parseInt(code, 16))
      else if (/^["'\\/]$/.test(escape)) name += escape
      else if (Object.hasOwn(ESCAPES, escape)) name += ESCAPES[escape] ?? ''
      else return { problem: `has an escape at character ${at + 1} that JSON doesn't know` }
      at += code === undefined ? 2 : 6
    }
    if (text[at] !== quote) return { problem: `has a quote at character ${start + 2} with no end` }
    if (text[at + 1] !== ']') return unexpected(text, at + 1)
    return { step: { name }, end: at + 2 }
  }
  const end = text.indexOf(']', start)
  const name = end === -1 ? '' : text.slice(start + 1, end)
  if (!INDEX.test(name))
    return {
      problem: `has brackets at character ${start + 1} that hold neither a key in quotes nor a whole number`,
    }
  return { step: { name, index: Number(name) }, end: end + 1 }
}

function unexpected(text: string, at: number): PathProblem {
  if (at >= text.length)
    return { problem: `ends where a name is missing: an empty key is written ['']` }
  const what = BLANK.test(text[at] ?? '') ? 'a space' : `'${text[at] ?? ''}'`
  return {
    problem: `has ${what} at character ${at + 1}, where a name, a dot or a bracket is due: a key with such a character is written in quotes, as in data['a key']`,
  }
}
