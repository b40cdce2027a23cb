import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import { startBenchKeeper, startStage } from '../stage.js'
import { forEach } from '../work.js'
import type { Measured } from '../statistics.js'

const CONNECTIONS = effort(30, 15)
/** The first token of a connection lives so long; the next one an hour. */
const LIFETIME_S = 30
const LOOK_EVERY_MS = 500

/** Actions of a refresh that a timer rings for: one of each connection, the timer for the next one among them. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  const counter = new ActionCounter()
  const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `due${String(index)}`)
  // All of them before the first is due.
  await forEach(accounts, 5, async (account) => {
    const credential = { refreshToken: `${account}.${String(LIFETIME_S)}` }
    await stage.keeper.connect('timed', account, credential)
  })
  const actions = await counter.during(async () => {
    for (const account of accounts)
      while ((await stage.upstream.tokenRequests(account)) < 2)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  })
  return {
    rounds: [actions / CONNECTIONS],
    note: `${String(CONNECTIONS)} refreshes: ${counter.kinds}`,
  }
}
