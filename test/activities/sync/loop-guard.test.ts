import { describe, expect, test } from 'vitest'
import { CycleGuard } from '../../../activities/sync/reading/cycle-guard.js'

/** How many pages are followed before the circle is noticed; a new slice begins every `slice` pages. */
function pagesUntilNoticed(before: number, circle: number, slice: number): number {
  const page = (at: number) => `/p/${at < before ? at : before + ((at - before) % circle)}`
  let guard = new CycleGuard(page(0))
  for (let at = 1; at < 1_000_000; at += 1) {
    if (guard.follow(page(at))) return at
    if (at % slice === 0) guard = new CycleGuard(page(at), guard.state())
  }
  throw new Error('not noticed')
}

describe('a page that comes again', () => {
  test.each([1, 2, 5, 999])('in a circle of %d is noticed at once inside a slice', (circle) => {
    expect(pagesUntilNoticed(7, circle, Infinity)).toBe(7 + circle)
  })

  test.each([
    [0, 1, 1],
    [0, 5, 2],
    [10, 50, 3],
    [700, 1500, 1],
    [3, 5000, 400],
    [20, 4000, Infinity],
  ])('%d before a circle of %d, in slices of %d, is noticed', (before, circle, slice) => {
    expect(pagesUntilNoticed(before, circle, slice)).toBeLessThanOrEqual(3 * (before + circle) + 2)
  })

  test('pages that only go on are none, and what is kept stays small', () => {
    let guard = new CycleGuard('/p/0')
    for (let at = 1; at < 20_000; at += 1) {
      expect(guard.follow(`/p/${at}`)).toBe(false)
      if (at % 700 === 0) guard = new CycleGuard(`/p/${at}`, guard.state())
    }
    expect(guard.state().length).toBeLessThan(30)
  })

  test('a state that can’t be read is begun anew', () => {
    const guard = new CycleGuard('/p/1', 'something else')
    expect(guard.follow('/p/2')).toBe(false)
    expect(guard.follow('/p/1')).toBe(true)
  })
})
