import fc from 'fast-check'

/** What happens to one request. `-after`: the server did what was asked, and its answer is another or gets lost. */
export type Fate =
  | { readonly kind: 'ok' | 'refused' | 'reset-before' | 'reset-after' | 'hang' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'limited'; readonly seconds: number }
  | { readonly kind: 'broken' | 'broken-after' }

/** What happens at a moment, whatever the requests do. */
export type Disturbance =
  | {
      readonly atMs: number
      readonly what:
        | 'revoke-token'
        | 'revoke-grant'
        | 'continue-as-new'
        | 'request-cancellation'
        | 'refresh'
        | 'revoke'
        /** The token workflow; a flow or the operator starts another one. */
        | 'terminate'
    }
  /** The provider kills all access tokens of the grant, which lives on; several times, 200 ms apart. */
  | { readonly atMs: number; readonly what: 'kill-tokens'; readonly times: number }
  /** The shop refuses everything though the tokens are good. */
  | { readonly atMs: number; readonly what: 'refusals'; readonly forMs: number }
  | { readonly atMs: number; readonly what: 'kill-worker'; readonly downMs: number }
  /** When the next token request has reached its server, before the answer is back. */
  | { readonly atMs: number; readonly what: 'kill-at-refresh'; readonly downMs: number }
  | { readonly atMs: number; readonly what: 'restart-worker'; readonly downMs: number }
  | {
      readonly atMs: number
      readonly what: 'cancel-flow'
      readonly flow: number
      readonly replayAfterMs: number
    }
  | {
      readonly atMs: number
      readonly what: 'pause-connection'
      readonly forMs: number
    }

/** What happens to a signal between a flow and a token workflow. */
export type SignalFate = 'ok' | 'lost' | 'twice'

/** Everything that a run of the simulation does; the same schedule is the same run. */
export interface Schedule {
  readonly seed: number
  /** Records of each flow's source. */
  readonly flows: readonly number[]
  readonly pageSize: number
  readonly batchSize: number
  /** Pages that are asked for before the one under way is written; more than one: pages by number. */
  readonly readAhead: number
  readonly tokenLifetimeMs: number
  readonly graceWindowMs: number
  /** Longest time that a page or a write takes. */
  readonly paceMs: number
  /** Of a flow, before it fails and is replayed; absent: it waits for ever. */
  readonly maxWaitMs?: number
  /** By request, in the order in which they come; the ones after them are ok. */
  readonly shop: readonly Fate[]
  readonly erp: readonly Fate[]
  readonly tokens: readonly Fate[]
  /** By signal, either way. */
  readonly signals: readonly SignalFate[]
  readonly disturbances: readonly Disturbance[]
}

const OK = { weight: 12, arbitrary: fc.constant<Fate>({ kind: 'ok' }) }

const fate: fc.Arbitrary<Fate> = fc.oneof(
  OK,
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'refused' }) },
  { weight: 2, arbitrary: fc.constant<Fate>({ kind: 'reset-before' }) },
  { weight: 2, arbitrary: fc.constant<Fate>({ kind: 'reset-after' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'broken' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'broken-after' }) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 40 })
      .map((seconds): Fate => ({ kind: 'limited', seconds })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 500, max: 9000 }).map((ms): Fate => ({ kind: 'slow', ms })),
  },
)

const tokenFate: fc.Arbitrary<Fate> = fc.oneof(
  OK,
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'refused' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'reset-before' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'reset-after' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'broken' }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 20 })
      .map((seconds): Fate => ({ kind: 'limited', seconds })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 200, max: 6000 }).map((ms): Fate => ({ kind: 'slow', ms })),
  },
)

const signalFate: fc.Arbitrary<SignalFate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<SignalFate>('ok') },
  { weight: 1, arbitrary: fc.constant<SignalFate>('lost') },
  { weight: 2, arbitrary: fc.constant<SignalFate>('twice') },
)

const atMs = fc.integer({ min: 0, max: 60_000 })
const downMs = fc.integer({ min: 0, max: 20_000 })

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({
    atMs,
    what: fc.constantFrom(
      'revoke-grant' as const,
      'continue-as-new' as const,
      'request-cancellation' as const,
      'refresh' as const,
      'revoke' as const,
      'terminate' as const,
    ),
  }),
  fc.record({ atMs, what: fc.constant('revoke-token' as const) }),
  fc.record({
    atMs,
    what: fc.constant('kill-tokens' as const),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    atMs,
    what: fc.constant('refusals' as const),
    forMs: fc.integer({ min: 200, max: 3000 }),
  }),
  fc.record({
    atMs,
    what: fc.constantFrom(
      'kill-worker' as const,
      'kill-at-refresh' as const,
      'restart-worker' as const,
    ),
    downMs,
  }),
  fc.record({
    atMs,
    what: fc.constant('cancel-flow' as const),
    flow: fc.integer({ min: 0, max: 2 }),
    replayAfterMs: fc.integer({ min: 0, max: 20_000 }),
  }),
  fc.record({
    atMs,
    what: fc.constant('pause-connection' as const),
    forMs: fc.integer({ min: 0, max: 30_000 }),
  }),
)

export const schedules: fc.Arbitrary<Schedule> = fc.record(
  {
    seed: fc.integer({ min: 0, max: 0x7fffffff }),
    flows: fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 3 }),
    pageSize: fc.integer({ min: 1, max: 5 }),
    batchSize: fc.integer({ min: 1, max: 3 }),
    readAhead: fc.constantFrom(1, 1, 2, 4),
    tokenLifetimeMs: fc.constantFrom(6000, 10_000, 20_000, 60_000),
    graceWindowMs: fc.constantFrom(0, 0, 30_000),
    paceMs: fc.constantFrom(50, 1000, 3000),
    maxWaitMs: fc.constantFrom(500, 5000, 60_000),
    shop: fc.array(fate, { maxLength: 14 }),
    erp: fc.array(fate, { maxLength: 14 }),
    tokens: fc.array(tokenFate, { maxLength: 6 }),
    signals: fc.array(signalFate, { maxLength: 12 }),
    disturbances: fc.array(disturbance, { maxLength: 5 }),
  },
  {
    requiredKeys: [
      'seed',
      'flows',
      'pageSize',
      'batchSize',
      'readAhead',
      'tokenLifetimeMs',
      'graceWindowMs',
      'paceMs',
      'shop',
      'erp',
      'tokens',
      'signals',
      'disturbances',
    ],
  },
)
