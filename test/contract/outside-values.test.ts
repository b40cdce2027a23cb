import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cutText,
  isCount,
  isDurationMs,
  isGeneration,
  isMomentMs,
  isTemporalId,
  isWellFormed,
  utf8Length,
  wellFormed,
} from '../../src/contract/outside-values.js'

/** Any text at all, with halves of surrogate pairs. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
})

const EXTREMES = [
  1e308,
  -1e308,
  Number.NaN,
  Infinity,
  -Infinity,
  -1,
  0.5,
  2 ** 53,
  null,
  undefined,
  '1',
  [],
  {},
  true,
]

describe('texts that go into a command to Temporal', () => {
  it('are measured in bytes as UTF-8 has them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text))
      }),
    )
    expect(utf8Length('é'.repeat(600))).toBe(1200)
    expect(utf8Length('😀')).toBe(4)
  })

  it('are ids only where the server and the core can read them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const isRead = Buffer.from(text).toString() === text

        const isPlain = !/[\u0000-\u001f\u007f-\u009f]/.test(text)
        expect(isTemporalId(text)).toBe(isRead && isPlain && text !== '')
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['\ud800', false],
    ['a\udc00b', false],
    ['😀', true],
    ['é'.repeat(500), true],
    ['é'.repeat(501), false],
    ['x'.repeat(1000), true],
    ['x'.repeat(1001), false],
    ['x'.repeat(3_000_000), false],
    ['a\u0000', false],
    ['a\u0085', false],
    ['', false],
  ])('%j', (text, taken) => {
    expect(isTemporalId(text)).toBe(taken)
  })

  it('are held to what a cluster of shorter ids takes', () => {
    expect(isTemporalId('x'.repeat(255), 255)).toBe(true)
    expect(isTemporalId('é'.repeat(128), 255)).toBe(false)
  })
})

describe('texts for people', () => {
  it('are cut to bytes, never inside of a character, and well-formed', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 60 }), (text, most) => {
        const cut = cutText(text, most)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most)
        expect(isWellFormed(cut)).toBe(true)
        if (Buffer.byteLength(text) <= most) expect(cut).toBe(wellFormed(text))
      }),
    )
  })
})

describe('numbers from outside', () => {
  it.each(EXTREMES)('%s is none', (value) => {
    expect(isCount(value, 10)).toBe(false)
    expect(isGeneration(value)).toBe(false)
    expect(isMomentMs(value)).toBe(false)
    if (value !== 0.5) expect(isDurationMs(value)).toBe(false)
  })

  it('are taken within what can be', () => {
    expect(isGeneration(0)).toBe(true)
    expect(isGeneration(2 ** 50 + 1)).toBe(false)
    expect(isMomentMs(Date.now())).toBe(true)
    expect(isDurationMs(1e18)).toBe(false)
  })
})
