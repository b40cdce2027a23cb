import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { causesOfFailedTasks } from './failed-tasks.js'
import { replayRuns } from './replay-runs.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const ROUNDS = 2

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.connectShop()
})
afterAll(async () => {
  await stage.end()
})

async function askUntilAnswered(): Promise<unknown> {
  const ask = () => stage.keeper.status(stage.shopId, 'acme')
  return await ask().catch(() =>
    until(
      () => ask().catch(String),
      (answer) => typeof answer === 'object',
    ),
  )
}

// Without `refuseStaleActivations` the history can't be replayed after these rounds.
it('what comes with a query to a worker that has just started is decided as at a replay', async () => {
  const handle = stage.client.workflow.getHandle(`token:${stage.shopId}:acme`)
  for (let round = 0; round < ROUNDS; round += 1) {
    await stage.worker.stop()
    // Where another query waits as well, the connection is silent for 20 s, and its user asks again.
    const status = askUntilAnswered()
    // The signal comes once the server holds the query for the next worker. If it comes earlier, nothing is shown.
    await sleep(150)
    const refresh = askForRefresh(stage.client, stage.shopId, 'acme')
    stage.worker = await stage.startKeeper()
    expect(await status).toMatchObject({ status: 'active' })
    await refresh
  }
  const history = await handle.fetchHistory()
  await replayRuns(stage.bundle, [{ workflowId: handle.workflowId, history }])
}, 120_000)

// An activation of a workflow task that has the time of the one before brings no news here, but an answer.
it('a flow that has a lease and cancels an activity goes on', async () => {
  const flow = await stage.client.workflow.start('leaseBesideTimeout', {
    taskQueue: stage.taskQueue,
    workflowId: `timeout-${stage.run}`,
    args: [{ connector: stage.shopId, account: 'acme', taskQueue: stage.taskQueue }],
  })
  expect(await flow.result()).toBe('given up')
  expect(await causesOfFailedTasks(stage.client, flow.workflowId)).toEqual([])
})
