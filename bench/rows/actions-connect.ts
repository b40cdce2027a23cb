import { ActionCounter } from '../count-actions.js'
import { effort } from '../effort.js'
import { startBenchKeeper, startStage } from '../stage.js'
import type { Measured } from '../statistics.js'

const ROUNDS = effort(3, 1)
const CONNECTIONS = 10

/** Actions of a new connection with a rotating grant, its first refresh being planned. */
export async function measure(): Promise<Measured> {
  const stage = await startStage()
  await startBenchKeeper(stage)
  const counter = new ActionCounter()
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const actions = await counter.during(async () => {
      for (let count = 0; count < CONNECTIONS; count += 1) {
        const account = `new${String(round)}x${String(count)}`
        await stage.keeper.connect('timed', account, { refreshToken: `${account}.3600` })
      }
    })
    rounds.push(actions / CONNECTIONS)
  }
  return { rounds, note: `${String(ROUNDS * CONNECTIONS)} connections: ${counter.kinds}` }
}
