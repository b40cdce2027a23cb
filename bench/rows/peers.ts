import type { Caller } from '../callers.js'
import { startCalls } from '../compare-calls.js'
import { effort } from '../effort.js'
import { readable } from '../interleave.js'
import { hasRedis } from '../redis.js'
import { median, type Measured } from '../statistics.js'

const ROUNDS = effort(5, 2)

/** Authorised calls beside what people use: the ratio to raw undici, and ahead of all the others. */
export async function measure(): Promise<Measured> {
  const others: readonly Caller[] = ['fetch', 'openid-client', 'axios']
  const callers: readonly Caller[] = [
    'tokenkeeper',
    'undici',
    ...(hasRedis() ? (['redis'] as const) : []),
    ...others,
  ]
  const calls = await startCalls()
  const rounds: ReadonlyMap<Caller, number>[] = []
  // The first one warms up, and the order turns with each.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const at = round % callers.length
    const perSecond = new Map<Caller, number>()
    for (const by of [...callers.slice(at), ...callers.slice(0, at)])
      perSecond.set(by, await calls(by))
    if (round > 0) rounds.push(perSecond)
  }
  const ratiosTo = (other: Caller): readonly number[] =>
    rounds.map((one) => (one.get('tokenkeeper') ?? Number.NaN) / (one.get(other) ?? Number.NaN))
  const perSecond = (by: Caller): number => median(rounds.map((one) => one.get(by) ?? Number.NaN))
  const figures = callers.map((by) => `${by} ${readable(perSecond(by))}`)
  const skipped = callers.includes('redis') ? '' : '; without redis, which this machine lacks'
  return {
    rounds: ratiosTo('undici'),
    note: `calls per second: ${figures.join(', ')}${skipped}`,
    alsoHolds: callers
      .filter((by) => by !== 'tokenkeeper' && by !== 'undici')
      .every((by) => median(ratiosTo(by)) > 1),
  }
}
