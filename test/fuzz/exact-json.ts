/** A value of a JSON text with its numbers as they were written. */
export type ExactJson =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly value: boolean | null }
  | { readonly kind: 'list'; readonly parts: readonly ExactJson[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, ExactJson> }

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const TEXT = /"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y
const SPACE = /[ \t\r\n]*/y

/**
 * Reads JSON by RFC 8259 for the oracle of the fuzzers: nothing is shared with what is tested, no number
 * becomes one of JavaScript, the last of two equal names counts. Undefined for what is no JSON.
 */
export function readExactly(text: string): ExactJson | undefined {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  let at = 0
  const skip = (): void => {
    SPACE.lastIndex = at
    SPACE.test(json)
    at = SPACE.lastIndex
  }
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(json)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const expect = (sign: string): boolean => {
    skip()
    if (json[at] !== sign) return false
    at += 1
    return true
  }
  const string = (): string | undefined => {
    // Patterns overflow on long texts: those are closed by hand.
    if (json[at] !== '"') return undefined
    let end = at + 1
    while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1
    const raw = json.slice(at, end + 1)
    if (raw.length < 1000) {
      TEXT.lastIndex = at
      if (TEXT.exec(json)?.[0] !== raw) return undefined
    } else if (/[\0-\x1f]/.test(raw)) return undefined
    at = end + 1
    return JSON.parse(raw) as string
  }
  const list = (): ExactJson | undefined => {
    const parts: ExactJson[] = []
    if (expect(']')) return { kind: 'list', parts }
    for (;;) {
      const part = value()
      if (part === undefined) return undefined
      parts.push(part)
      if (expect(']')) return { kind: 'list', parts }
      if (!expect(',')) return undefined
    }
  }
  const object = (): ExactJson | undefined => {
    const members = new Map<string, ExactJson>()
    if (expect('}')) return { kind: 'object', members }
    for (;;) {
      skip()
      const name = string()
      if (name === undefined || !expect(':')) return undefined
      const part = value()
      if (part === undefined) return undefined
      members.set(name, part)
      if (expect('}')) return { kind: 'object', members }
      if (!expect(',')) return undefined
    }
  }
  const value = (): ExactJson | undefined => {
    if (expect('[')) return list()
    if (expect('{')) return object()
    if (json[at] === '"') {
      const found = string()
      return found === undefined ? undefined : { kind: 'text', text: found }
    }
    const word = take(WORD)
    if (word !== undefined) return { kind: 'word', value: JSON.parse(word) as boolean | null }
    const number = take(NUMBER)
    return number === undefined ? undefined : { kind: 'number', text: number }
  }
  try {
    const whole = value()
    skip()
    return at === json.length ? whole : undefined
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Whether a value of JavaScript is what was written, digit by digit. A number that JavaScript can't hold
 * may be a text of its digits.
 */
export function isSame(written: ExactJson, value: unknown): boolean {
  switch (written.kind) {
    case 'word':
      return written.value === value
    case 'text':
      return written.text === value
    case 'number':
      return isSameNumber(written.text, value)
    case 'list':
      return (
        Array.isArray(value) &&
        value.length === written.parts.length &&
        written.parts.every((part, at) => isSame(part, value[at]))
      )
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
      const names = Object.keys(value)
      if (names.length !== written.members.size) return false
      return names.every((name) => {
        const part = written.members.get(name)
        const own = Object.getOwnPropertyDescriptor(value, name)?.value as unknown
        return part !== undefined && isSame(part, own)
      })
    }
  }
}

function isSameNumber(text: string, value: unknown): boolean {
  const wanted = digitsOf(text)
  if (typeof value === 'number') return Number.isFinite(value) && digitsOf(String(value)) === wanted
  if (typeof value === 'string') return digitsOf(value) === wanted && isBeyondNumbers(text)
  const isNumber = typeof value === 'bigint' || typeof value === 'object'
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- numbers of ours print their digits
  return isNumber && value !== null && digitsOf(String(value)) === wanted
}

/** Whether no number of JavaScript stands for a number of JSON, or none that is surely meant. */
function isBeyondNumbers(text: string): boolean {
  const value = Number(text)
  return (
    digitsOf(String(value)) !== digitsOf(text) ||
    (Number.isInteger(value) && !Number.isSafeInteger(value))
  )
}

/** A number in one notation, without the sign of a zero; undefined for any other text. */
function digitsOf(text: string): string | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (found === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found
  const digits = (whole + fraction).replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  return `${sign}${short}e${String(BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length))}`
}

/** A member of an object. */
export function memberOf(value: ExactJson | undefined, name: string): ExactJson | undefined {
  return value?.kind === 'object' ? value.members.get(name) : undefined
}

/** Every text and number in a value, and every name. */
export function scalarsOf(value: ExactJson): string[] {
  switch (value.kind) {
    case 'word':
      return []
    case 'number':
    case 'text':
      return [value.text]
    case 'list':
      return value.parts.flatMap(scalarsOf)
    case 'object':
      return [...value.members].flatMap(([name, part]) => [name, ...scalarsOf(part)])
  }
}
