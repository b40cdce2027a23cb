import { expect, test } from 'vitest'
import { retryAfterMs } from '../../../src/auth/oauth2/retry-after.js'

const now = Date.UTC(2026, 10, 24, 12, 0, 0)

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Tue, 24 Nov 2026 12:01:30 GMT', 90_000],
  ['Tuesday, 24-Nov-26 12:00:05 GMT', 5000],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['99999999999999', 366 * 86_400_000],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s', (header, wait) => {
  expect(retryAfterMs(header, now)).toBe(wait)
})
