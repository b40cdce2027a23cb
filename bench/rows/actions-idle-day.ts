import { setTimeout as sleep } from 'node:timers/promises'
import { ActionCounter } from '../count-actions.js'
import { startBenchKeeper, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'
import { SCALED_DAY_MS } from '../upstream.js'
import { forEach } from '../work.js'

const CONNECTIONS = 20
/** Until the answer to a refresh is taken in. The next one is a day away. */
const LATE_MS = 3000

/**
 * Actions of a connection through a day on which nobody asks for it: a refresh that a timer rings for, the timer for the
 * next one, and what is told of it.
 */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `idle-${String(index)}`)
  await forEach(accounts, 5, async (account) => {
    await stage.keeper.connect('seldom', account, { refreshToken: `${account}.3600` })
  })
  const counter = new ActionCounter()
  const actions = await counter.during(() => sleep(SCALED_DAY_MS + LATE_MS))
  for (const account of accounts) {
    const requests = await stage.upstream.tokenRequests(account)
    if (requests !== 2) throw new Error(`${account} had ${String(requests)} token requests, not 2`)
  }
  return {
    rounds: [actions / CONNECTIONS],
    note: `${String(CONNECTIONS)} days of ${String(SCALED_DAY_MS / 1000)} s: ${counter.kinds}`,
  }
}
