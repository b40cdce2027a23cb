import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { Secret } from '../../src/sealing/secret.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { makeKey, startKeeper } from '../fixtures/whole-path.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { evidence, keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

// The authorization server rotates, and ends the whole family when a spent refresh token comes back.
let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  await stage.connectErp()
})
afterAll(() => stage.end())

/** A shop of an account of its own, with the refresh token that it was connected with, spent by a refresh. */
async function connectedShop(account: string): Promise<string> {
  const { refreshToken } = await fetchRefreshToken(stage.server)
  stage.canaries.push([`refresh token of ${account}`, refreshToken])
  await stage.keeper.connect(stage.shopId, account, { refreshToken })
  return refreshToken
}

async function refreshed(account: string): Promise<void> {
  const { generation: before } = await stage.keeper.status(stage.shopId, account)
  await askForRefresh(stage.client, stage.shopId, account)
  await until(
    () => stage.keeper.status(stage.shopId, account),
    ({ generation }) => generation > before,
  )
}

const requests = () => stage.proxy.counters.requests
const statusOf = (account: string) => stage.keeper.status(stage.shopId, account)
const refusalOf = async (account: string, refreshToken: string) => {
  const error = await stage.keeper
    .connect(stage.shopId, account, { refreshToken })
    .then(() => undefined, keepError)
  return error as { code?: string; message?: string } | undefined
}

describe('the credential that a connection was last connected with', () => {
  it('is not sent again: the grant lives, and the answer says that nothing was changed', async () => {
    const refreshToken = await connectedShop('twice')
    const before = await statusOf('twice')
    const sent = requests()
    const again = await stage.keeper.connect(stage.shopId, 'twice', { refreshToken })
    expect(again).toMatchObject({
      unchanged: true,
      status: 'active',
      generation: before.generation,
    })
    await refreshed('twice')
    for (let starts = 0; starts < 3; starts += 1)
      expect(await stage.keeper.connect(stage.shopId, 'twice', { refreshToken })).toMatchObject({
        unchanged: true,
      })
    expect(requests()).toBe(sent + 1)
    await refreshed('twice')
    expect((await statusOf('twice')).status).toBe('active')
    const events = (await stage.keeper.story(stage.shopId, 'twice')).map(({ event }) => event)
    expect(events.filter((event) => event === 'credential_unchanged')).toHaveLength(2)
  })

  it.each<readonly [string, (refreshToken: string) => object | Promise<object>]>([
    [
      'as a reference',
      (refreshToken) => {
        process.env['TOKENKEEPER_SECRET_AGAIN'] = refreshToken
        return { reference: 'env:TOKENKEEPER_SECRET_AGAIN' }
      },
    ],
    [
      'as a reference to a JSON object',
      (refreshToken) => {
        process.env['TOKENKEEPER_SECRET_AGAIN'] = `${JSON.stringify({ refreshToken }, null, 2)}\n`
        return { reference: 'env:TOKENKEEPER_SECRET_AGAIN' }
      },
    ],
    [
      'sealed by the caller',
      async (refreshToken) => ({
        sealed: await createSealer(stage.publicKey).seal(refreshToken, {
          connection: `${stage.shopId}/relatives`,
          purpose: 'credential',
        }),
      }),
    ],
    ['with allowOtherAccount', (refreshToken) => ({ refreshToken: new Secret(refreshToken) })],
  ])('is known %s', async (how, give) => {
    const refreshToken = await (relatives ??= connectedShop('relatives'))
    const sent = requests()
    const credential = (await give(refreshToken)) as { refreshToken: string }
    const allow = how.includes('allow') ? { allowOtherAccount: true } : {}
    expect(await stage.keeper.connect(stage.shopId, 'relatives', credential, allow)).toMatchObject({
      unchanged: true,
    })
    expect(await stage.keeper.rotate(stage.shopId, 'relatives', credential, allow)).toMatchObject({
      unchanged: true,
    })
    expect(requests()).toBe(sent)
  })
  let relatives: Promise<string> | undefined

  it('is sent once by two that connect at once', async () => {
    const { refreshToken } = await fetchRefreshToken(stage.server)
    stage.canaries.push(['refresh token of two', refreshToken])
    const sent = requests()
    const both = await Promise.all(
      [1, 2].map(() => stage.keeper.connect(stage.shopId, 'two', { refreshToken })),
    )
    expect(both.map(({ unchanged }) => unchanged === true).sort()).toEqual([false, true])
    expect(requests()).toBe(sent + 1)
  })

  it('is a new one after a revocation', async () => {
    const { generation } = await stage.keeper.status(stage.erpId)
    await stage.keeper.revoke(stage.erpId)
    const after = await stage.keeper.connect(stage.erpId, 'default', { apiKey: stage.erpKey })
    expect(after.unchanged).toBeUndefined()
    expect(after.generation).toBeGreaterThan(generation)
    expect(
      await stage.keeper.rotate(stage.erpId, 'default', { apiKey: stage.erpKey }),
    ).toMatchObject({
      unchanged: true,
    })
  })

  it('is refused without a request when its grant has ended', async () => {
    const refreshToken = await connectedShop('dead')
    stage.proxy.next({
      kind: 'answer',
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"invalid_grant"}',
    })
    await askForRefresh(stage.client, stage.shopId, 'dead')
    await until(
      () => statusOf('dead'),
      ({ failure }) => failure !== undefined,
    )
    const sent = requests()
    expect(await refusalOf('dead', refreshToken)).toMatchObject({
      code: 'CredentialSpent',
      message: expect.stringMatching(
        /was connected with this credential already.*get a new one/s,
      ) as string,
    })
    expect(requests()).toBe(sent)
    await stage.keeper.connect(stage.shopId, 'dead', {
      refreshToken: (await fetchRefreshToken(stage.server)).refreshToken,
    })
    expect((await statusOf('dead')).status).toBe('active')
    const told = (level: string, event: string): string[] =>
      evidence()
        .split('\n')
        .filter((line) => line.startsWith(`${level} tokenkeeper: ${stage.shopId}/dead ${event}`))
    // A worker writes its log after it has answered.
    await until(
      () => Promise.resolve(told('INFO', 'connected')),
      ({ length }) => length === 2,
    )
    expect(told('WARN', 'refresh_failed')).toHaveLength(1)
    expect(told('WARN', 'rotation_refused')).toHaveLength(1)
    expect(told('INFO', 'status (active)').length).toBeGreaterThanOrEqual(2)
  })
})

describe('a refresh token that was used up before', () => {
  it('is refused without a request after another one came', async () => {
    const first = await connectedShop('back')
    const { refreshToken: second } = await fetchRefreshToken(stage.server)
    await stage.keeper.connect(stage.shopId, 'back', { refreshToken: second })
    const sent = requests()
    expect(await refusalOf('back', first)).toMatchObject({ code: 'CredentialSpent' })
    expect(requests()).toBe(sent)
    expect(
      await stage.keeper.connect(stage.shopId, 'back', { refreshToken: second }),
    ).toMatchObject({ unchanged: true })
    await refreshed('back')
  })

  it('is known through continue-as-new and a new sealing key', async () => {
    const workflowId = tokenWorkflowId({ connector: stage.shopId, account: 'long' })
    const { firstExecutionRunId } = await stage.client.workflow.start('tokenWorkflow', {
      workflowId,
      taskQueue: stage.taskQueue,
      args: [{ connection: `${stage.shopId}/long`, signalsPerRun: 1 }],
    })
    const refreshToken = await connectedShop('long')
    const next = await makeKey()
    await stage.worker.stop()
    const options = {
      taskQueue: stage.taskQueue,
      connectors: stage.connectors,
      workflowBundle: stage.bundle,
      maxCachedWorkflows: 0,
    }
    const both = await startKeeper(stage.address, {
      ...options,
      keyFiles: [stage.keyFile, next.file],
    })
    await refreshed('long')
    const runId = async () => (await stage.client.workflow.getHandle(workflowId).describe()).runId
    await until(runId, (id) => id !== firstExecutionRunId)
    await both.stop()
    const newer = await startKeeper(stage.address, { ...options, keyFiles: [next.file] })
    stage.worker = newer
    const sent = requests()
    const source = {
      sealed: await createSealer(next.publicKey).seal(refreshToken, {
        connection: `${stage.shopId}/long`,
        purpose: 'credential',
      }),
    }
    expect(await stage.keeper.connect(stage.shopId, 'long', source)).toMatchObject({
      unchanged: true,
    })
    expect(requests()).toBe(sent)
  })
})
