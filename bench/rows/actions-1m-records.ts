import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import { runSync, startSyncStage } from '../run-sync.js'
import type { Measured } from '../statistics.js'
import { PAGE_SIZE } from '../upstream.js'

const RECORDS = effort(1_000_000, 80_000)

/** Actions of a sync, with the leases of its two connections and all heartbeats. */
export async function measure(): Promise<Measured> {
  const stage = await startSyncStage()
  // The first leases are asked for.
  await runSync(stage, 20)
  const counter = new ActionCounter()
  let seconds = 0
  const actions = await counter.during(async () => {
    const { tookMs } = await runSync(stage, RECORDS / PAGE_SIZE)
    seconds = tookMs / 1000
  })
  return {
    rounds: [actions],
    note: `${RECORDS.toLocaleString('en')} records in ${seconds.toFixed(0)} s: ${counter.kinds}`,
  }
}
