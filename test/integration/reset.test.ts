import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ accessTokenSeconds: 3600 })
})
afterAll(() => stage.end())

const handleOf = (account: string) =>
  stage.client.workflow.getHandle(tokenWorkflowId({ connector: stage.shopId, account }))
const status = (account: string): Promise<ConnectionStatus> =>
  stage.keeper.status(stage.shopId, account)

async function connect(account: string): Promise<void> {
  const { refreshToken } = await fetchRefreshToken(stage.server)
  await stage.keeper.connect(stage.shopId, account, { refreshToken })
}

/** Waits out a refresh, which rotates the refresh token. */
async function refresh(account: string): Promise<void> {
  const { generation } = await status(account)
  await askForRefresh(stage.client, stage.shopId, account)
  await until(
    () => status(account),
    (now) => now.generation === generation + 1,
  )
}

/** The numbers of the events that completed a workflow task. */
async function completedTasks(account: string, runId: string): Promise<number[]> {
  const { workflowId } = handleOf(account)
  const { events } = await stage.client.workflow.getHandle(workflowId, runId).fetchHistory()
  return (events ?? [])
    .filter(({ workflowTaskCompletedEventAttributes: completed }) => Boolean(completed))
    .map(({ eventId }) => Number(eventId))
}

async function reset(account: string, runId: string, toEvent: number | undefined): Promise<void> {
  await stage.client.connection.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handleOf(account).workflowId, runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: toEvent as never,
  })
}

/** Rolled back, without any token request; and one new authorisation heals it. */
async function expectRolledBackAndHealed(account: string, requests: number): Promise<void> {
  const dead = await until(
    () => status(account),
    (now) => now.status === 'needs_reauth',
  )
  expect(dead.reason).toBe('rolled_back')
  expect(stage.proxy.counters.requests).toBe(requests)
  await connect(account)
  expect(await status(account)).toMatchObject({ status: 'active' })
  await refresh(account)
  expect(stage.server.counters.familiesRevoked).toBe(0)
}

describe('a token workflow that is reset to before an operator’s message was carried out', () => {
  it('does not try the credential of a connect once more', async () => {
    await connect('connected')
    await refresh('connected')
    const { runId } = await handleOf('connected').describe()
    const [first] = await completedTasks('connected', runId)
    const { requests } = stage.proxy.counters
    await reset('connected', runId, first)
    await expectRolledBackAndHealed('connected', requests)
  })

  it('does not try the credential of a rotate signal once more', async () => {
    await connect('rotated')
    const { refreshToken } = await fetchRefreshToken(stage.server)
    process.env.TOKENKEEPER_SECRET_RESET = refreshToken
    const { runId } = await handleOf('rotated').describe()
    const before = (await completedTasks('rotated', runId)).at(-1)
    const { generation } = await status('rotated')
    await handleOf('rotated').signal('tokenkeeper.rotate', {
      reference: 'env:TOKENKEEPER_SECRET_RESET',
    })
    await until(
      () => status('rotated'),
      (now) => now.generation === generation + 1,
    )
    await refresh('rotated')
    const { requests } = stage.proxy.counters
    await reset('rotated', runId, before)
    await expectRolledBackAndHealed('rotated', requests)
  })

  it('takes a rotate signal that comes after the reset', async () => {
    await connect('signalled')
    await refresh('signalled')
    const { runId } = await handleOf('signalled').describe()
    const [first] = await completedTasks('signalled', runId)
    await reset('signalled', runId, first)
    await until(
      () => status('signalled'),
      (now) => now.reason === 'rolled_back',
    )
    const { refreshToken } = await fetchRefreshToken(stage.server)
    process.env.TOKENKEEPER_SECRET_AFTER = refreshToken
    await handleOf('signalled').signal('tokenkeeper.rotate', {
      reference: 'env:TOKENKEEPER_SECRET_AFTER',
    })
    await until(
      () => status('signalled'),
      (now) => now.status === 'active',
    )
    expect(stage.server.counters.familiesRevoked).toBe(0)
  })
})

describe('a run that continues as new', () => {
  it('is not the innocent start of a chain where the run before it was reset', async () => {
    const account = 'continued'
    const { workflowId } = handleOf(account)
    await stage.client.workflow.start('tokenWorkflow', {
      workflowId,
      taskQueue: stage.taskQueue,
      args: [{ connection: `${stage.shopId}/${account}`, signalsPerRun: 2 }],
    })
    await connect(account)
    const { runId } = await handleOf(account).describe()
    await refresh(account)
    await refresh(account)
    await until(
      async () => (await handleOf(account).describe()).runId,
      (now) => now !== runId,
    )
    await refresh(account)
    const { requests } = stage.proxy.counters
    // It only continues as new once more, and makes no token request of its own.
    await reset(account, runId, (await completedTasks(account, runId)).at(-1))
    await askForRefresh(stage.client, stage.shopId, account)
    await expectRolledBackAndHealed(account, requests)
  })
})
