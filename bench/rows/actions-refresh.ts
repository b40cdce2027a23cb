import { setTimeout as sleep } from 'node:timers/promises'
import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import { startBenchKeeper, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(2, 1)
const CONNECTIONS = 10
/** A token lives so long, so that several refreshes of each fall into a round. */
const LIFETIME_S = 12
const ROUND_MS = 18_000

/** Actions of a refresh that a timer rings for, by the token requests that the provider has seen. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  const accounts = Array.from({ length: CONNECTIONS }, (_, index) => `often${String(index)}`)
  for (const account of accounts)
    await stage.keeper.connect('timed', account, {
      refreshToken: `${account}.${String(LIFETIME_S)}`,
    })
  const requests = async (): Promise<number> => {
    let sum = 0
    for (const account of accounts) sum += await stage.upstream.tokenRequests(account)
    return sum
  }
  const counter = new ActionCounter()
  const rounds: number[] = []
  let refreshes = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await requests()
    const actions = await counter.during(() => sleep(ROUND_MS))
    const more = (await requests()) - before
    refreshes += more
    rounds.push(actions / more)
  }
  return { rounds, note: `${String(refreshes)} refreshes: ${counter.kinds}` }
}
