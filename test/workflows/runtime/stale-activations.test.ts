import { afterEach, expect, it, vi } from 'vitest'
import { refuseStaleActivations } from '../../../workflows/runtime/stale-activations.js'

type Interceptor = Parameters<typeof run>[0]

const T = 1_800_000_000_000
const SIGNAL = [{ signalWorkflow: {} }]
const QUERY = [{ queryWorkflow: {} }]

function run(
  interceptor: { activate: (input: object, next: () => void) => void },
  jobs: readonly object[],
  atMs: number,
  { isReplaying = false, batchIndex = 0 } = {},
): boolean {
  vi.setSystemTime(Math.floor(atMs))
  const nanos = Math.round((atMs % 1000) * 1e6)
  let taken = false
  const input = { activation: { jobs, isReplaying, timestamp: { nanos } }, batchIndex }
  interceptor.activate(input, () => {
    taken = true
  })
  return taken
}

/** As at the first activation of a run, at {@link T}. */
function begin(): Interceptor {
  vi.useFakeTimers({ now: T, toFake: ['Date'] })
  const internals: Interceptor[] = []
  vi.stubGlobal('__TEMPORAL_ACTIVATOR__', { interceptors: { internals } })
  refuseStaleActivations()
  const [interceptor] = internals
  if (interceptor === undefined) throw new TypeError('nothing was registered')
  return interceptor
}

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('an activation of a later time is taken, in all of its batches', () => {
  const one = begin()
  expect(run(one, SIGNAL, T + 5)).toBe(true)
  expect(run(one, [{ resolveActivity: {} }], T + 5, { batchIndex: 1 })).toBe(true)
  // Less than a millisecond later.
  expect(run(one, SIGNAL, T + 5.25)).toBe(true)
})

it.each([
  ['a signal', SIGNAL],
  ['the result of an activity', [{ resolveActivity: { isLocal: false } }]],
  ['a timer', [{ fireTimer: {} }]],
])(
  '%s at the time of the one before is refused, and taken with a time of its own',
  (_name, jobs) => {
    const one = begin()
    expect(run(one, SIGNAL, T + 5)).toBe(true)
    expect(() => run(one, jobs, T + 5)).toThrow(/with a query.*ask again/)
    expect(run(one, jobs, T + 6)).toBe(true)
    // The clock of a server may go back: that is a time of its own.
    expect(run(one, jobs, T + 4)).toBe(true)
  },
)

it('news at the time of the activation in which the run began is refused', () => {
  const one = begin()
  expect(() => run(one, SIGNAL, T + 0.25)).toThrow(/ask again/)
})

it('results of local activities are taken at the time of their workflow task', () => {
  const one = begin()
  expect(run(one, SIGNAL, T + 5)).toBe(true)
  expect(run(one, [{ resolveActivity: { isLocal: true } }], T + 5)).toBe(true)
})

it('queries and what is replayed are taken at any time', () => {
  const one = begin()
  expect(run(one, QUERY, T)).toBe(true)
  expect(run(one, SIGNAL, T, { isReplaying: true })).toBe(true)
  expect(run(one, QUERY, T + 9)).toBe(true)
  // The time of a query is no time of the history.
  expect(run(one, SIGNAL, T + 8)).toBe(true)
})

it('without what the SDK has inside, nothing is guarded and nothing fails', () => {
  vi.stubGlobal('__TEMPORAL_ACTIVATOR__', undefined)
  expect(() => refuseStaleActivations()).not.toThrow()
})
