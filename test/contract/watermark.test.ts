import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Watermark } from '../../src/contract/sync.js'
import { compareWatermarks, higherWatermark, isWatermark } from '../../src/contract/watermark.js'

describe('watermarks', () => {
  test.each<[string | number, string | number]>([
    [9, 10],
    [-1, 0.5],
    ['9', '91'],
    ['a', 'b'],
    ['2026-01-01', '2026-01-01T00:00:01Z'],
    ['2026-01-01T12:00:00+02:00', '2026-01-01T10:30:00Z'],
    ['2026-01-01T12:00:00+0200', '2026-01-01T10:30Z'],
    ['2026-01-01T09:59:59', '2026-01-01T12:00:00+02'],
    ['2026-01-01T00:00:00.9Z', '2026-01-01T00:00:00.91Z'],
    ['2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00.000002Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.1Z'],
    ['2026-13-01', '2026-13-02'],
  ])('%s is below %s', (low, high) => {
    expect(compareWatermarks(low, high)).toBeLessThan(0)
    expect(compareWatermarks(high, low)).toBeGreaterThan(0)
    expect(higherWatermark(low, high)).toBe(high)
    expect(higherWatermark(high, low)).toBe(high)
  })

  test('the same moment is the same in every way of writing', () => {
    expect(compareWatermarks('2026-01-01T12:00:00+02:00', '2026-01-01T10:00:00.000Z')).toBe(0)
    expect(compareWatermarks('2026-01-01', '2026-01-01T00:00Z')).toBe(0)
  })

  test('where there is one, that is it', () => {
    expect(higherWatermark(undefined, 0)).toBe(0)
    expect(higherWatermark('a', undefined)).toBe('a')
    expect(higherWatermark(undefined, undefined)).toBeUndefined()
  })

  test('numbers and texts of 1 to 200 characters are ones, and nothing else', () => {
    for (const one of [0, -1.5, 'x', 'x'.repeat(200)]) expect(isWatermark(one)).toBe(true)
    for (const none of ['', 'x'.repeat(201), Number.NaN, Infinity, null, undefined, true, {}, []])
      expect(isWatermark(none)).toBe(false)
  })

  test('of moments, the highest is the latest whatever the order they come in', () => {
    const moment = fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString())
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1 }), (moments) => {
        const highest = moments.reduce<string | number | undefined>(higherWatermark, undefined)
        expect(highest).toBe([...moments].sort().at(-1))
      }),
    )
  })
})

describe('numbers with more digits than JavaScript holds', () => {
  test.each<[Watermark, Watermark]>([
    ['9007199254740992', '9007199254740993'],
    [9007199254740991, '9007199254740992'],
    [5, '9007199254740993'],
    ['9007199254740993', '10000000000000000'],
    ['-9007199254740994', '-9007199254740993'],
    ['-9007199254740993', 0],
    ['9.1234567890123456789', 10.5],
    ['9.1234567890123456789', '9.1234567890123456790001'],
    ['99999999999999999999', '100000000000000000000'],
  ])('%s is below %s', (low, high) => {
    expect(compareWatermarks(low, high)).toBeLessThan(0)
    expect(compareWatermarks(high, low)).toBeGreaterThan(0)
    expect(compareWatermarks(low, low)).toBe(0)
  })

  test('whole ones are ordered as BigInt orders them', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        const [one, other] = [a, b].map((n) => n * 10n ** 17n + (n % 7n)) as [bigint, bigint]
        const sign = Math.sign(compareWatermarks(String(one), String(other)))
        expect(sign).toBe(one === other ? 0 : one < other ? -1 : 1)
      }),
    )
  })
})
