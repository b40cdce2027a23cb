import type { Worker } from '@temporalio/worker'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  cachedWorkflowsFor,
  Fullness,
  processMemory,
  workflowCache,
} from '../../src/worker/workflow-cache.js'

const GIB = 2 ** 30

test.each([
  // A container of 512 MiB has nothing over: so few that only the busiest stay.
  { limit: 0.5, heap: 0.25, kept: 50 },
  { limit: 1, heap: 0.5, kept: 873 },
  { limit: 2, heap: 1, kept: 2621 },
  { limit: 4, heap: 2, kept: 5242 },
  // Ten thousand connections on a machine of 8 GiB with Node's default heap.
  { limit: 8, heap: 4, kept: 10_485 },
  { limit: 64, heap: 4, kept: 10_485 },
  { limit: 64, heap: 16, kept: 20_000 },
])('$limit GiB of memory and $heap GiB of heap keep $kept workflows', ({ limit, heap, kept }) => {
  const memory = { limitBytes: limit * GIB, heapLimitBytes: heap * GIB }
  expect(cachedWorkflowsFor(memory)).toBe(kept)
})

test('the memory of this process is what its machine has, or less', () => {
  const { limitBytes, heapLimitBytes } = processMemory()
  expect(limitBytes).toBeGreaterThan(100 * 2 ** 20)
  expect(limitBytes).toBeLessThan(2 ** 50)
  expect(heapLimitBytes).toBeGreaterThan(100 * 2 ** 20)
})

test('a full cache is told at the second look, and again after six hours', () => {
  const fullness = new Fullness(10)
  const hours = 3_600_000
  const looks = [
    [10, 0, false],
    [9, 1, false],
    [10, 2, false],
    [10, 3, true],
    [10, 4, false],
    [10, 3 + 6 * hours, true],
    [3, 4 + 6 * hours, false],
  ] as const
  for (const [cached, atMs, isTold] of looks) expect(fullness.look(cached, atMs)).toBe(isTold)
  const off = new Fullness(0)
  expect([off.look(0, 0), off.look(0, 1)]).toEqual([false, false])
})

describe('a worker that runs', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  test.each([
    { given: undefined, reason: 'for a process with 2,048 MiB of memory and 1,024 MiB of heap' },
    { given: 20, reason: 'as maxCachedWorkflows says' },
  ])('says how many it keeps, and warns while it runs ($given)', async ({ given, reason }) => {
    const lines: string[] = []
    const plugin = workflowCache({
      taskQueue: 'keepers',
      given,
      memory: { limitBytes: 2 * GIB, heapLimitBytes: GIB },
      log: (event, message) => void lines.push(`${event}: ${message}`),
    })
    const worker: unknown = {
      options: { maxCachedWorkflows: 20 },
      getStatus: () => ({ numCachedWorkflows: 20 }),
    }
    await plugin.runWorker?.(worker as Worker, async () => {
      await vi.advanceTimersByTimeAsync(150_000)
    })
    await vi.advanceTimersByTimeAsync(24 * 3_600_000)
    expect(lines).toEqual([
      `workflow_cache: task queue 'keepers': keeps up to 20 workflows in memory (about 6 MiB), ${reason}.`,
      expect.stringMatching(
        /^workflow_cache_full: task queue 'keepers': all of the 20 places .* greater maxCachedWorkflows\.$/,
      ),
    ])
  })
})
