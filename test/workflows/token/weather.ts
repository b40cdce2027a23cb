import fc from 'fast-check'
import type { MintFailureClass } from '../../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../../src/contract/connector-facts.js'
import { FACTS, POLICY, STATIC_FACTS } from './token-fixtures.js'

/** How an API judges requests whose token is good by the provider's books. */
export type ApiMood =
  | { readonly api: 'good' }
  | { readonly api: 'refuses'; readonly share: number }
  | { readonly api: 'refuses-endpoint' }
  /** Tokens are taken only some time after they were issued: a cache lags. */
  | { readonly api: 'lags'; readonly ms: number }

/** What the world does for a while. */
export interface Weather {
  readonly forMs: number
  readonly mood: ApiMood
  /** How a verify endpoint answers. `truth`: as the API. */
  readonly verify: 'truth' | 'accepted' | 'refused' | 'unknown' | 'unknown-for-good'
  /** How token requests fail, drawn anew for each; `ok`: they don't. */
  readonly tokens: readonly (MintFailureClass | 'ok')[]
  readonly retryAfterMs?: number
  /** The provider kills all access tokens when it begins, and so often again. */
  readonly kills: number
}

export interface Story {
  readonly seed: number
  readonly facts: ConnectorFacts
  readonly lifetimeMs: number
  /** How long each flow pauses between two requests. */
  readonly gapsMs: readonly number[]
  readonly weathers: readonly Weather[]
  /** How long the API's cache lags when all is well again. */
  readonly lagMs: number
}

const mood: fc.Arbitrary<ApiMood> = fc.oneof(
  fc.constant<ApiMood>({ api: 'good' }),
  fc.constantFrom(1, 1, 0.5, 0.1).map((share): ApiMood => ({ api: 'refuses', share })),
  fc.constant<ApiMood>({ api: 'refuses-endpoint' }),
  fc.integer({ min: 100, max: 60_000 }).map((ms): ApiMood => ({ api: 'lags', ms })),
)

/** Without a clean `invalid_grant`: a grant that is proved dead is another story. */
const CLASSES = [
  'not_sent',
  'throttled',
  'server_error',
  'ambiguous',
  'misconfigured',
  'firewall',
] as const satisfies readonly MintFailureClass[]

const tokens = fc.oneof(
  fc.constant<Weather['tokens']>(['ok']),
  fc.constantFrom(...CLASSES).map((one): Weather['tokens'] => [one]),
  fc.array(fc.constantFrom<MintFailureClass | 'ok'>('ok', ...CLASSES), {
    minLength: 1,
    maxLength: 4,
  }),
)

const weather: fc.Arbitrary<Weather> = fc.record(
  {
    forMs: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 10, max: 5000 }) },
      { weight: 3, arbitrary: fc.integer({ min: 5000, max: 60_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 1_200_000 }) },
    ),
    mood,
    verify: fc.constantFrom('truth', 'truth', 'accepted', 'refused', 'unknown', 'unknown-for-good'),
    tokens,
    retryAfterMs: fc.integer({ min: 0, max: 120_000 }),
    kills: fc.constantFrom(0, 0, 1, 3),
  },
  { requiredKeys: ['forMs', 'mood', 'verify', 'tokens', 'kills'] },
)

const policy = fc.record(
  {
    graceWindowMs: fc.constantFrom(0, 30_000),
    earlyRefresh: fc.constantFrom('allowed', 'rejected'),
    refreshRevokesAccess: fc.boolean(),
    minRefreshGapMs: fc.constantFrom(0, 0, 10_000),
    mode: fc.constantFrom('used', 'always', 'on-demand'),
    usedWithinMs: fc.constantFrom(60_000, 3_600_000, 86_400_000),
  },
  {
    requiredKeys: [
      'earlyRefresh',
      'refreshRevokesAccess',
      'minRefreshGapMs',
      'mode',
      'usedWithinMs',
    ],
  },
)

const facts: fc.Arbitrary<ConnectorFacts> = fc
  .tuple(fc.constantFrom('rotating', 'client', 'static', 'static'), fc.boolean(), policy)
  .map(([kind, hasVerify, drawn]) => {
    const refreshing = { ...FACTS, hasVerify, policy: { ...POLICY, ...drawn } } as ConnectorFacts
    if (kind === 'static') return { ...STATIC_FACTS, hasVerify }
    if (kind === 'rotating') return refreshing
    return { ...refreshing, kind: 'client-credentials', consumesGrant: false }
  })

export const stories: fc.Arbitrary<Story> = fc.record({
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
  facts,
  lifetimeMs: fc.constantFrom(30_000, 600_000, 3_600_000),
  gapsMs: fc.array(fc.integer({ min: 1000, max: 30_000 }), { maxLength: 3 }),
  weathers: fc.array(weather, { minLength: 1, maxLength: 5 }),
  lagMs: fc.constantFrom(0, 0, 500, 3000),
})
