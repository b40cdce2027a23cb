import { afterAll, beforeAll, expect, it } from 'vitest'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { MISBEHAVIOURS as M } from '../fixtures/misbehaving-proxy.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const YEAR_S = '31536000'
const MINUTE_MS = 60_000

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.connectErp()
})
afterAll(() => stage.end())

async function newToken(): Promise<string> {
  const { refreshToken } = await fetchRefreshToken(stage.server)
  stage.canaries.push(['refresh token', refreshToken])
  return refreshToken
}

const statusOf = (account: string) => stage.keeper.status(stage.shopId, account)

/** Gives a credential whose provider puts it off for a year: the answer comes within a minute. */
async function putOff(account: string, by: 'connect' | 'rotate') {
  const refreshToken = await newToken()
  stage.proxy.next(M.tooMany(YEAR_S))
  const askedAtMs = Date.now()
  const error = await stage.keeper[by](stage.shopId, account, { refreshToken }).then(
    () => undefined,
    keepError,
  )
  expect(Date.now() - askedAtMs).toBeLessThan(MINUTE_MS)
  return { error, refreshToken }
}

it.each(['connect', 'rotate'] as const)(
  '%s that is put off for a year says so at once, and the next credential works at once',
  async (by) => {
    await stage.keeper.connect(stage.shopId, by, { refreshToken: await newToken() })
    const { error } = await putOff(by, by)
    expect(error).toMatchObject({ code: 'RateLimited' })
    expect(error).toHaveProperty('message', expect.stringMatching(/by itself at \d{4}-\d\d-\d\dT/))
    const before = await statusOf(by)
    expect(before).toMatchObject({ status: 'active', generation: 1 })
    expect(before.warnings?.join()).toContain('A new credential')
    // The connection goes on with what it has.
    await stage.keeper.refresh(stage.shopId, by)
    await until(
      () => statusOf(by),
      ({ generation }) => generation === 2,
    )
    const after = await stage.keeper[by](stage.shopId, by, { refreshToken: await newToken() })
    expect(after).toMatchObject({ status: 'active', generation: 3 })
    expect((await statusOf(by)).warnings?.join() ?? '').not.toContain('A new credential')
    const story = await stage.keeper.story(stage.shopId, by)
    expect(story).toContainEqual(expect.objectContaining({ event: 'rotation_delayed' }))
    expect(story).toContainEqual(expect.objectContaining({ code: 'Superseded' }))
  },
)

it('a sync goes on while a new credential is put off, and the same one given again is tried at once', async () => {
  await stage.connectShop()
  const { error, refreshToken } = await putOff('acme', 'connect')
  expect(error).toMatchObject({ code: 'RateLimited' })
  const sync = await stage.sync('a')
  expect(await sync.result()).toMatchObject({ written: 20 })
  const again = await stage.keeper.connect(stage.shopId, 'acme', { refreshToken })
  expect(again).toMatchObject({ status: 'active', generation: 2 })
})

it('neither a first credential that is put off nor its update holds up continue-as-new', async () => {
  const workflowId = `token:${stage.shopId}:first`
  const { firstExecutionRunId } = await stage.client.workflow.start('tokenWorkflow', {
    workflowId,
    taskQueue: stage.taskQueue,
    args: [{ connection: `${stage.shopId}/first`, signalsPerRun: 2 }],
  })
  const { error } = await putOff('first', 'connect')
  expect(error).toMatchObject({ code: 'RateLimited' })
  expect((await statusOf('first')).status).toBe('pending')
  const runId = async () => (await stage.client.workflow.getHandle(workflowId).describe()).runId
  // While the next credential is tried, and its provider does not answer, the run is full.
  stage.proxy.next({ kind: 'pass', delayMs: 3000 })
  const slow = stage.keeper.connect(stage.shopId, 'first', { refreshToken: await newToken() })
  expect(await slow).toMatchObject({ status: 'active', generation: 1 })
  await until(runId, (id) => id !== firstExecutionRunId)
  await stage.keeper.refresh(stage.shopId, 'first')
  await until(
    () => statusOf('first'),
    ({ generation }) => generation === 2,
  )
})

it('a credential that is put off is carried into the next run, which tries another one at once', async () => {
  const workflowId = `token:${stage.shopId}:carried`
  const { firstExecutionRunId } = await stage.client.workflow.start('tokenWorkflow', {
    workflowId,
    taskQueue: stage.taskQueue,
    args: [{ connection: `${stage.shopId}/carried`, signalsPerRun: 1 }],
  })
  await putOff('carried', 'connect')
  const runId = async () => (await stage.client.workflow.getHandle(workflowId).describe()).runId
  await until(runId, (id) => id !== firstExecutionRunId)
  const waits = await until(
    () => statusOf('carried'),
    ({ warnings }) => warnings !== undefined,
  )
  expect(waits.status).toBe('pending')
  const carriedRunId = await runId()
  const connected = await stage.keeper.connect(stage.shopId, 'carried', {
    refreshToken: await newToken(),
  })
  expect(connected).toMatchObject({ status: 'active', generation: 1 })
  await until(runId, (id) => id !== carriedRunId)
  expect((await statusOf('carried')).status).toBe('active')
})
