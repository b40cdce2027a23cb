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
  { isReplaying = false, batchIndex = 0, events = 0 } = {},
): boolean {
  vi.setSystemTime(Math.floor(atMs))
  const nanos = Math.round((atMs % 1000) * 1e6)
  let taken = false
  const activation = { jobs, isReplaying, timestamp: { nanos }, historyLength: events }
  const input = { activation, batchIndex }
  interceptor.activate(input, () => {
    taken = true
  })
  return taken
}

/** As at the first activation of a run, at {@link T}. */
function begin(): Interceptor {
  vi.useFakeTimers({ now: T, toFake: ['Date'] })
  const internals: Interceptor[] = []
  const info = { historyLength: 3 }
  vi.stubGlobal('__TEMPORAL_ACTIVATOR__', { info, interceptors: { internals } })
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
    expect(run(one, SIGNAL, T + 5, { events: 9 })).toBe(true)
    expect(() => run(one, jobs, T + 5, { events: 11 })).toThrow(/with a query.*ask again/)
    expect(run(one, jobs, T + 6, { events: 13 })).toBe(true)
  },
)

it('news at the time of the activation in which the run began is refused', () => {
  const one = begin()
  expect(() => run(one, SIGNAL, T + 0.25, { events: 7 })).toThrow(/ask again/)
})

it.each([
  ['the result of a local activity', [{ resolveActivity: { isLocal: true } }]],
  ['the end of an activity that was cancelled', [{ resolveActivity: { isLocal: false } }]],
  ['the end of a child workflow that was cancelled', [{ resolveChildWorkflowExecution: {} }]],
  ['a patch and what comes with it', [{ notifyHasPatch: {} }, { resolveActivity: {} }]],
])('%s is taken within its workflow task: no event was read for it', (_name, jobs) => {
  const one = begin()
  expect(run(one, jobs, T, { events: 3 })).toBe(true)
  expect(run(one, SIGNAL, T + 5, { events: 9 })).toBe(true)
  expect(run(one, jobs, T + 5, { events: 9 })).toBe(true)
  expect(run(one, jobs, T + 5, { events: 9 })).toBe(true)
})

it('queries and what is replayed are taken at any time', () => {
  const one = begin()
  expect(run(one, QUERY, T)).toBe(true)
  expect(run(one, SIGNAL, T, { isReplaying: true, events: 7 })).toBe(true)
  expect(run(one, QUERY, T + 9)).toBe(true)
  // The time of a query is no time of the history.
  expect(run(one, SIGNAL, T + 8)).toBe(true)
})

it('without what the SDK has inside, nothing is guarded and nothing fails', () => {
  vi.stubGlobal('__TEMPORAL_ACTIVATOR__', undefined)
  expect(() => refuseStaleActivations()).not.toThrow()
})
