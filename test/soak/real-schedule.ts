import fc from 'fast-check'
import { MISBEHAVIOURS, type Misbehaviour } from '../fixtures/misbehaving-proxy.js'

/** What happens to one sync at a moment after its start. */
export type RealDisturbance =
  | { readonly atMs: number; readonly what: 'revoke-token' | 'cancel' | 'terminate' }
  | { readonly atMs: number; readonly what: 'revoke-grant'; readonly authoriseAfterMs: number }
  /** The provider kills all access tokens of the grant, which lives on. */
  | { readonly atMs: number; readonly what: 'kill-tokens'; readonly times: number }
  /** The shop refuses everything though the tokens are good. */
  | { readonly atMs: number; readonly what: 'refusals'; readonly forMs: number }

/** What happens to one sync on the real server: the same at each run, but for the moments in between. */
export interface RealSchedule {
  /** Of a flow, before it fails and is replayed; absent: it waits for ever. */
  readonly maxWaitMs?: number
  readonly shop: readonly Misbehaviour[]
  readonly erp: readonly Misbehaviour[]
  readonly tokens: readonly Misbehaviour[]
  readonly disturbances: readonly RealDisturbance[]
}

/** What happens to the keeper worker, and so to every sync of a round. */
export interface Kill {
  readonly atMs: number
  readonly signal: 'SIGKILL' | 'SIGTERM'
}

const pass = fc.constant<Misbehaviour>(MISBEHAVIOURS.pass)
const trouble: fc.Arbitrary<Misbehaviour> = fc.oneof(
  fc.constantFrom<Misbehaviour>(
    MISBEHAVIOURS.resetBefore,
    MISBEHAVIOURS.resetAfter,
    MISBEHAVIOURS.truncated,
    MISBEHAVIOURS.serverError,
    { ...MISBEHAVIOURS.serverError, forward: true },
    MISBEHAVIOURS.unavailable,
  ),
  fc.integer({ min: 0, max: 3 }).map((seconds) => MISBEHAVIOURS.tooMany(String(seconds))),
  fc
    .integer({ min: 100, max: 2500 })
    .map((delayAfterMs): Misbehaviour => ({ kind: 'pass', delayAfterMs })),
)
const fates = (maxLength: number): fc.Arbitrary<readonly Misbehaviour[]> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: pass }, { weight: 2, arbitrary: trouble }), {
    maxLength,
  })

const tokenFates: fc.Arbitrary<readonly Misbehaviour[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: pass },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Misbehaviour>(
        MISBEHAVIOURS.resetAfter,
        MISBEHAVIOURS.unavailable,
        MISBEHAVIOURS.tooMany('1'),
      ),
    },
  ),
  { maxLength: 3 },
)

const atMs = fc.integer({ min: 0, max: 6000 })

export const realSchedules: fc.Arbitrary<RealSchedule> = fc.record(
  {
    maxWaitMs: fc.constantFrom(500, 3000),
    shop: fates(10),
    erp: fates(14),
    tokens: tokenFates,
    disturbances: fc.array(
      fc.oneof(
        fc.record({ atMs, what: fc.constantFrom('revoke-token', 'cancel', 'terminate') }),
        fc.record({ atMs, what: fc.constant('revoke-token') }),
        fc.record({
          atMs,
          what: fc.constant('revoke-grant'),
          authoriseAfterMs: fc.integer({ min: 0, max: 2000 }),
        }),
        fc.record({
          atMs,
          what: fc.constant('kill-tokens'),
          times: fc.integer({ min: 1, max: 3 }),
        }),
        fc.record({
          atMs,
          what: fc.constant('refusals'),
          forMs: fc.integer({ min: 200, max: 3000 }),
        }),
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['shop', 'erp', 'tokens', 'disturbances'] },
)

export const kills: fc.Arbitrary<readonly Kill[]> = fc.array(
  fc.record({
    atMs: fc.integer({ min: 1000, max: 9000 }),
    signal: fc.constantFrom<Kill['signal']>('SIGKILL', 'SIGTERM'),
  }),
  { minLength: 1, maxLength: 2 },
)
