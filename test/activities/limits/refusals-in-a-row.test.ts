import { expect, it } from 'vitest'
import { ConnectionLimiter } from '../../../activities/limits/connection-limiter.js'

it('a limit that tells no time, or none at all, is waited for longer each time', () => {
  let nowMs = 0
  const limiter = new ConnectionLimiter({ connection: 'a/x', pace: undefined, now: () => nowMs })
  const refuse = (toldMs: number): number => {
    const waitMs = limiter.refused(toldMs)
    // The others that were under way are refused too, and count no more.
    expect(limiter.refused(toldMs)).toBe(waitMs)
    nowMs += waitMs
    return waitMs
  }
  const waits = Array.from({ length: 15 }, () => refuse(0))
  expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800])
  expect(waits.at(-1)).toBe(300_000)
  limiter.accepted()
  expect(refuse(0)).toBe(100)
  expect(refuse(7500)).toBe(7500)
})
