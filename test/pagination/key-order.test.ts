import { describe, expect, test } from 'vitest'
import { compareKeys, compareTuples, toKey } from '../../src/pagination/key-order.js'

function compare(a: unknown, b: unknown): number | undefined {
  const [left, right] = [toKey(a), toKey(b)]
  if (left === undefined || right === undefined) throw new Error('no key')
  const result = compareKeys(left, right)
  return result === undefined ? undefined : Math.sign(result)
}

describe('the order of keys', () => {
  test.each<[unknown, unknown]>([
    [2, 10],
    ['9', '10'],
    ['9', 10],
    ['99999999999999999998', '99999999999999999999'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123457Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000001Z'],
    ['2026-01-01T01:00:00+02:00', '2026-01-01T00:00:00Z'],
    ['2026-01-01 10:00:00', '2026-01-01 10:00:01'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '01BRZ3NDEKTSV4RRFFQ69G5FAV'],
    ['1700000000.000100', '1700000000.000200'],
  ])('%s comes before %s', (a, b) => {
    expect(compare(a, b)).toBe(-1)
    expect(compare(b, a)).toBe(1)
    expect(compare(a, a)).toBe(0)
  })

  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    [12, '12'],
  ])('%s and %s are the same', (a, b) => {
    expect(compare(a, b)).toBe(0)
  })

  test.each([
    ['apple', 'Banana'],
    ['a', 'bb'],
    ['é', 'z'],
    ['2026-01-01T00:00:00Z', '12'],
  ])('only the API knows which of %s and %s comes first', (a, b) => {
    expect(compare(a, b)).toBeUndefined()
  })

  test.each([null, undefined, '', true, {}, Number.NaN, 2 ** 53, 'x'.repeat(501)])(
    '%s is no key',
    (value) => {
      expect(toKey(value)).toBeUndefined()
    },
  )

  test('of several keys the first one counts most, and doubt ends the comparing', () => {
    const keys = (...values: readonly unknown[]) => values.flatMap((value) => toKey(value) ?? [])
    expect(compareTuples(keys(1, 2), keys(1, 3))).toBeLessThan(0)
    expect(compareTuples(keys(2, 1), keys(1, 3))).toBeGreaterThan(0)
    expect(compareTuples(keys(1, 1), keys(1, 1))).toBe(0)
    expect(compareTuples(keys('a', 1), keys('Bb', 0))).toBeUndefined()
  })
})
