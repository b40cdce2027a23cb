import { setTimeout as sleep } from 'node:timers/promises'
import { startCallFlows } from '../call-flows.js'
import { effort, QUICK } from '../effort.js'
import { interleave, readable } from '../interleave.js'
import { hasRedis } from '../redis.js'
import { refreshUnderLock } from '../redis-lock.js'
import type { Measured } from '../statistics.js'

const FLOWS = 100

/** Milliseconds until 100 flows are done that all meet one expired token whose grant rotates. */
export async function measure(): Promise<Measured> {
  const { stage, ours, plain } = await startCallFlows()
  const { keeper, upstream } = stage
  const refreshes: number[] = []
  let rounds = 0
  const measured = await interleave({
    rounds: effort(3, 1),
    warmUp: !QUICK,
    ours: async () => {
      rounds += 1
      const account = `expired${String(rounds)}`
      await keeper.connect('shop', account, { refreshToken: `${account}.1` })
      await sleep(1500)
      const before = await upstream.tokenRequests(account)
      const tookMs = await ours(FLOWS, () => account, FLOWS)
      refreshes.push((await upstream.tokenRequests(account)) - before)
      return tookMs
    },
    reference: () => plain(FLOWS, FLOWS),
    unit: 'ms',
  })
  const inRedis = hasRedis()
    ? `${readable(await refreshUnderLock(upstream.origin, 'locked', FLOWS))} ms by a lock in Redis, without flows`
    : 'without Redis, which this machine lacks'
  const [least, most] = [Math.min(...refreshes), Math.max(...refreshes)]
  return {
    ...measured,
    note: `${measured.note}; refreshes: ${least === most ? String(most) : `${String(least)} to ${String(most)}`}, none failed; ${inRedis}`,
    alsoHolds: least === 1 && most === 1,
  }
}
