import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExactNumber, isExact, scalarText } from '../../src/wire/exact-number.js'
import {
  JsonProblem,
  parseJson,
  parseWithList,
  tryParseJson,
  writeJson,
} from '../../src/wire/json.js'

/** Numbers of JSON in every way of writing them, also such as no double holds. */
const numbers = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,30}$/)),
    fc.option(fc.stringMatching(/^\d{1,30}$/), { nil: undefined }),
    fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === undefined ? '' : `.${fraction}`, exponent ?? ''].join(''),
  )

/** One notation for every way to write the same number; zero keeps its sign. */
function normal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = BigInt(whole + fraction)
  if (digits === 0n) return `${sign}0`
  const [, short = '', zeros = ''] = /^(.*?)(0*)$/.exec(String(digits)) ?? []
  return `${sign}${short}e${Number(exponent) - fraction.length + zeros.length}`
}

describe('numbers', () => {
  it('go through reading and writing with all their digits, wherever they stand', () => {
    fc.assert(
      fc.property(numbers, fc.string(), fc.constantFrom('', ' ', '\n'), (number, text, space) => {
        const noise = JSON.stringify(text + number)
        const json = `{"a":${space}${number}${space},"b":[${noise},${number}${space}],${noise}:"x"}`
        const value = parseJson(json)
        const written = writeJson(value)
        const found = [...written.matchAll(/"(?:[^"\\]|\\.)*"|(-?\d[\d.eE+-]*)/g)]
        const after = found.flatMap((match) => match[1] ?? [])
        expect(after.map(normal)).toEqual([normal(number), normal(number)])
        // Strings are untouched, and reading again gives the same.
        expect((value as { b: unknown[] }).b[0]).toBe(text + number)
        expect(writeJson(parseJson(written))).toBe(written)
      }),
      { numRuns: 3000 },
    )
  })

  it('are ordinary where a double holds them, and so is everything else', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'medium' }), (json) => {
        const plain: unknown = JSON.parse(json)
        if (JSON.stringify(plain).includes('e')) return
        expect(writeJson(parseJson(json))).toBe(writeJson(plain))
      }),
    )
    for (const number of [
      0,
      1,
      0.1,
      1.5,
      1e21,
      1e-7,
      5e-324,
      123456789012345,
      2 ** 53 - 1,
      1.7976931348623157e308,
    ])
      expect(parseJson(JSON.stringify(number))).toBe(number)
  })

  it.each([
    ['7615917337495251231', 7615917337495251231n],
    ['-7615917337495251231', -7615917337495251231n],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740991', 9007199254740991],
    ['1.0', 1],
    ['10.50', 10.5],
    ['1e2', 100],
    ['-0', -0],
    ['-0.0', -0],
    ['0e999999999', 0],
  ])('%s is read as %s', (text, value) => {
    expect(parseJson(text)).toBe(value)
    expect(parseJson(`[${text}]`)).toEqual([value])
  })

  it.each([
    '0.1234567890123456789',
    '0.10000000000000001',
    '1e400',
    '-1e400',
    '1e-400',
    '1E-999999999999',
    '3.00000000000000000001',
    '9007199254740993.0',
    `1${'0'.repeat(2000)}1`,
  ])('%s is an exact number', (text) => {
    const [value] = parseJson(`[ ${text} ]`) as [unknown]
    expect(value).toBeInstanceOf(ExactNumber)
    expect(isExact(value) && scalarText(value)).toBe(text)
    expect(writeJson({ value })).toBe(`{"value":${text}}`)
    // In hands that know nothing of it: its digits, or an error, never another number.
    expect(JSON.stringify({ value })).toBe(`{"value":"${text}"}`)
    expect(String(value)).toBe(text)
    expect(() => Number(value)).toThrow(TypeError)
  })

  it('writes a negative zero as it was read, and a bigint of whoever made it', () => {
    expect(writeJson(parseJson('{"t":-0,"u":[-0.0,0]}'))).toBe('{"t":-0,"u":[-0,0]}')
    expect(writeJson({ id: 12345678901234567890n })).toBe('{"id":12345678901234567890}')
  })

  it('writes a bigint as a number also where somebody has patched how JSON writes it', () => {
    const patched = BigInt.prototype as { toJSON?: () => string }
    patched.toJSON = function (this: bigint) {
      return this.toString()
    }
    try {
      expect(writeJson({ id: 12345678901234567890n })).toBe('{"id":12345678901234567890}')
    } finally {
      delete patched.toJSON
    }
  })

  it('reads a text full of long numbers, quotes and backslashes in a time that grows with its length', () => {
    const many = `[${'12345678901234567890,'.repeat(50_000)}1]`
    expect(writeJson(parseJson(many))).toBe(many)
    const inString = JSON.stringify(['1234567890123456789, '.repeat(50_000), '\\"'.repeat(100_000)])
    expect(writeJson(parseJson(inString))).toBe(inString)
  })
})

describe('the rest of JSON', () => {
  it('skips a BOM', () => {
    expect(parseJson('\uFEFF{"a":1}')).toEqual({ a: 1 })
  })

  it('takes the last of a key that comes twice, with long numbers as without', () => {
    expect(parseJson('{"a":12345678901234567890,"a":1}')).toEqual({ a: 1 })
    expect(parseJson('{"a":1,"a":12345678901234567890}')).toEqual({ a: 12345678901234567890n })
  })

  it('keeps a key __proto__ as a key', () => {
    for (const json of [
      '{"__proto__":{"admin":true}}',
      '{"__proto__":{"id":12345678901234567890}}',
    ]) {
      const value = parseJson(json)
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.keys(value as object)).toEqual(['__proto__'])
      expect(writeJson(value)).toBe(json)
    }
  })

  it.each([
    '',
    ' ',
    '{',
    '[1,]',
    'nil',
    '01',
    '1.',
    '.5',
    '+1',
    '0123456789012345678901',
    '{12345678901234567890:1}',
    '<html>',
    'NaN',
    'Infinity',
  ])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(JsonProblem)
    expect(tryParseJson(text)).toBeUndefined()
  })

  it.each([1000, 50_000, 2_000_000])('reads to a depth of 1,000: %i', (depth) => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const json = `${open.repeat(depth)}1${close.repeat(depth)}`
      if (depth <= 1000) expect(writeJson(parseJson(json))).toBe(json)
      else expect(() => parseJson(json)).toThrow('nested more than 1000 deep')
    }
  })

  it('refuses a circle and what no stack can write', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => writeJson(circle)).toThrow(TypeError)
  })
})

describe('the text of a list', () => {
  it('is that of the list which is read, whatever stands around it', () => {
    const key = fc.constantFrom('orders', 'a"orders', 'orders":[', 'x', '__proto__')
    const values = fc.oneof(
      fc.jsonValue(),
      fc.array(fc.jsonValue()),
      fc.dictionary(key, fc.array(fc.jsonValue())),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, values), { maxLength: 4 }),
        fc.boolean(),
        (members, known) => {
          const json = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
          const read = parseWithList(json, { name: 'orders' })
          const { value, list, behind } = read
          expect(value).toEqual(parseJson(json))
          // What is known of the text before changes nothing: a page that is written again has the same bytes.
          const again = { name: 'orders', behind: known ? behind : ',"x":' }
          expect(parseWithList(json, again)).toEqual(read)
          if (list !== undefined) expect(JSON.parse(list.text)).toEqual(list.value)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"orders":[{"id":1}]}', '[{"id":1}]'],
    ['{"data":{"orders": [1, 2]},"next":"]"}', '[1, 2]'],
    ['{"orders":[{"tags":["a"]}],"errors":[]}', '[{"tags":["a"]}]'],
    ['{"data":{"orders":[[1]] }, "errors": [[2]]}', '[[1]]'],
    ['{"orders":[{"id":"3e123-12345678901234567890"}]}', '[{"id":"3e123-12345678901234567890"}]'],
    ['{"a":{"b":{"orders":[1]}}}', undefined],
    ['\uFEFF{"orders":[1]}', undefined],
    ['{"data":{"orders": [1, 2]},"next":"a"}', '[1, 2]'],
    ['{"orders":[12345678901234567890]}', undefined],
    ['{"orders":[1],"orders":[2]}', undefined],
    ['{"orders":null}', undefined],
  ])('of %s is %s', (text, list) => {
    const read = parseWithList(text, { name: 'orders' })
    expect(read.list?.text).toBe(list)
    expect(read.value).toEqual(parseJson(text))
  })

  it('is read no deeper than any other, and no text that is none', () => {
    const deep = `{"orders":[${'['.repeat(1000)}${']'.repeat(1000)}]}`
    expect(() => parseWithList(deep, { name: 'orders' })).toThrow(JsonProblem)
    for (const text of ['{"orders":[1', '{"orders":[1,]}', '"orders":[1]'])
      expect(() => parseWithList(text, { name: 'orders' })).toThrow(JsonProblem)
  })
})
