import type { Sealed } from '../../src/contract/sealed.js'
import type { MintResult, TokenActivities } from '../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import type { TokenActivityProxies } from '../../workflows/token/token-world.js'
import type { SimulatedWorker } from './simulated-worker.js'
import type { TokenHost } from './token-host.js'
import type { VirtualClock } from './virtual-clock.js'

export interface TokenActivitiesOptions {
  readonly clock: VirtualClock
  readonly worker: SimulatedWorker
  readonly facts: ConnectorFacts
  /** One token request with a grant. */
  readonly mint: (grant: Sealed) => Promise<MintResult>
  /** Of a token that is looked at after refusals. */
  readonly judge: (token: Sealed) => 'accepted' | 'refused' | 'unknown'
  readonly revoke: (grant: Sealed | undefined) => void
  /** A token request that a refusal is the cause of; hears which token is replaced. */
  readonly onForced: (token: string) => void
}

const TAKES_MS = 20
const HEARTBEAT_TIMEOUT_MS = 5000
const SEALED_LIKE = `tk1.0000000000000000.${'A'.repeat(43)}.`

/** A text in the shape of a sealed value: opening one is not what is simulated. */
export function sealLike(text: string): Sealed {
  return `${SEALED_LIKE}${Buffer.from(text.padEnd(30)).toString('base64url')}` as Sealed
}

function openLike(sealed: string): Sealed {
  const text = Buffer.from(sealed.slice(SEALED_LIKE.length), 'base64url').toString()
  return text.trim() as Sealed
}

/** The activities of a token workflow on a worker that may die, as often as each is tried. */
export function simulateTokenActivities(
  host: TokenHost,
  options: TokenActivitiesOptions,
): TokenActivityProxies {
  const { clock, worker, facts, mint, judge, revoke, onForced } = options
  const soon = async <T>(answer: () => T): Promise<T> => {
    await clock.sleep(TAKES_MS)
    return answer()
  }
  const description = { outcome: 'known' as const, facts, searchAttributes: [] }
  const activities: TokenActivities = {
    'tokenkeeper.describe': () => soon(() => description),
    'tokenkeeper.prepare': ({ source, describes }) =>
      soon(() => {
        if (!('sealed' in source)) throw new Error('only sealed credentials are simulated')
        const grant = openLike(source.sealed)
        const prepared = {
          outcome: 'prepared' as const,
          grant,
          grantFingerprint: grant,
          runId: 'run',
        }
        return describes === true ? { ...prepared, description } : prepared
      }),
    'tokenkeeper.mint': ({ grant, rejected }) => {
      if (rejected === true) onForced(String(host.parts.token.held?.sealed))
      return mint(grant)
    },
    'tokenkeeper.verify': ({ token }) => soon(() => ({ outcome: judge(token) })),
    'tokenkeeper.authorization-url': () =>
      soon(() => ({ outcome: 'refused' as const, code: 'Refused', message: 'none is simulated' })),
    'tokenkeeper.connect-form': () =>
      soon(() => ({ outcome: 'refused' as const, code: 'Refused', message: 'none is simulated' })),
    'tokenkeeper.notify': () => soon(() => undefined),
    'tokenkeeper.revoke': ({ grant }) =>
      soon(() => {
        revoke(grant)
        return { outcome: 'revoked' as const }
      }),
    'tokenkeeper.reseal': ({ values }) =>
      soon(() => ({ keyId: '0000000000000000', values: values.map(({ sealed }) => sealed) })),
  }
  /** Starts when a worker is up; where it dies nobody answers. */
  const tried = (times: number): TokenActivities =>
    Object.fromEntries(
      Object.entries(activities).map(([name, run]) => [
        name,
        async (input: never) => {
          for (let tries = 1; ; tries += 1) {
            await worker.untilUp()
            const end = await Promise.race([
              (run as (one: never) => Promise<unknown>)(input).then((result) => ({ result })),
              worker.untilDeath(),
            ])
            if (end !== undefined) return end.result
            await clock.sleep(HEARTBEAT_TIMEOUT_MS)
            if (tries >= times) throw new Error('the worker died')
          }
        },
      ]),
    ) as never
  return { quick: tried(Infinity), bounded: tried(3), once: tried(1), unhurried: tried(1) }
}
