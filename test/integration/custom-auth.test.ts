import { randomBytes } from 'node:crypto'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { custom, defineConnector, get } from '../../src/connectors/index.js'
import { defineCustomAuth } from '../../src/index.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { evidence, findLeaks } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const TOKEN_MS = 3000
const PASSWORD = `canary-password-${randomBytes(12).toString('hex')}`
/** A login that gives tokens of three seconds, and an API that takes them while they live. */
const api = {
  living: new Map<string, number>(),
  logins: 0,
  locked: false,
  /** What the user's function does. */
  signing: 'well' as 'well' | 'throws' | 'leads elsewhere',
}
let server: LoopbackServer
let stage: Stage

const loginFunctions = defineCustomAuth<{ loginUrl: string }>({
  carriers: { headers: ['x-token'] },
  mint: async ({ secrets, options, exchangeOnce }) => {
    const { status, text } = await exchangeOnce({
      method: 'POST',
      url: options.loginUrl,
      headers: { 'x-password': secrets['password']?.reveal() ?? '' },
    })
    if (status === 403) return { failed: 'invalid_grant', code: 'login_refused' }
    const { token } = JSON.parse(text) as { token: string }
    return { token: { sessionToken: token }, lifetimeMs: TOKEN_MS }
  },
  authorize: ({ request, secrets }) => {
    const token = secrets['sessionToken']?.reveal() ?? ''
    if (api.signing === 'throws') throw new TypeError(`canary: ${token}`)
    const url = api.signing === 'well' ? request.url : new URL('https://elsewhere.example/')
    return { ...request, url, headers: { ...request.headers, 'x-token': token } }
  },
})

beforeAll(async () => {
  server = await startLoopbackServer((request, response) => {
    if (request.url === '/login') {
      const isGood = request.headers['x-password'] === PASSWORD && !api.locked
      const token = `canary-token-${randomBytes(12).toString('hex')}`
      if (isGood) api.living.set(token, Date.now() + TOKEN_MS)
      api.logins += 1
      sendJson(response, isGood ? 200 : 403, isGood ? { token } : {})
      return
    }
    const until = api.living.get(String(request.headers['x-token'])) ?? 0
    sendJson(response, Date.now() < until ? 200 : 401, { ok: true })
  })
  stage = await startStage({
    customAuth: { 'test-login': loginFunctions },
    connectors: ({ run }) => [
      defineConnector({
        id: `desk-${run}`,
        baseUrl: server.origin,
        auth: custom('test-login', {
          fields: ['password'],
          options: { loginUrl: `${server.origin}/login` },
        }),
        verify: 'me',
        endpoints: { me: get('/me') },
      }),
    ],
  })
})

afterAll(async () => {
  await stage.end()
  await server.stop()
})

describe('a custom kind that returns tokens', () => {
  const connector = () => `desk-${stage.run}`
  const status = async () => await stage.keeper.status(connector(), 'acme')
  const start = async (name: string) =>
    await stage.client.workflow.start('callOnce', {
      taskQueue: stage.taskQueue,
      workflowId: `${name}-${stage.run}`,
      args: [
        { connector: connector(), account: 'acme', taskQueue: stage.taskQueue, endpoint: 'me' },
      ],
    })

  it('is connected, refreshed before its tokens die, and seen like any other', async () => {
    await stage.keeper.connect(connector(), 'acme', { password: PASSWORD })
    expect(await (await start('first')).result()).toEqual({ ok: true })
    const before = api.logins
    await until(
      () => api.logins,
      (logins) => logins > before,
    )
    expect(await (await start('later')).result()).toEqual({ ok: true })
    await until(status, ({ generation, status: is }) => generation > 1 && is === 'active')
  })

  it('a wrong credential is refused at connect, without a word of it', async () => {
    const refused = stage.keeper.connect(connector(), 'other', { password: 'canary-wrong' })
    await expect(refused).rejects.toThrow(/the custom authentication 'test-login' got none/)
    await expect(refused).rejects.not.toThrow(/canary/)
  })

  it('a function that throws: the call is tried again by itself, and goes on when it is mended', async () => {
    api.signing = 'throws'
    const call = await start('throwing')
    await until(
      async () => (await call.describe()).raw.pendingActivities ?? [],
      (pending) =>
        pending.some(
          ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'CustomAuthFailed',
        ),
    )
    api.signing = 'well'
    expect(await call.result()).toEqual({ ok: true })
    const lines = evidence().split('\n')
    const said = lines.filter((line) => line.includes("custom authentication 'test-login' threw"))
    expect(said[0]).toMatch(/^ERROR tokenkeeper: authorize of the custom authentication/)
    // Where it was thrown, so that its author finds it.
    expect(said[0]).toContain('custom-auth.test.ts:')
  })

  it('a function that leads elsewhere ends the call, and nothing is sent', async () => {
    api.signing = 'leads elsewhere'
    const call = await start('foreign')
    await expect(call.result()).rejects.toMatchObject({
      cause: { cause: { type: 'ForeignOrigin' } },
    })
    api.signing = 'well'
  })

  it('a grant that dies: the connection asks for a new one, and a flow waits for it', async () => {
    api.locked = true
    await until(status, ({ status: is }) => is === 'needs_reauth')
    const call = await start('waiting')
    api.locked = false
    await stage.keeper.connect(connector(), 'acme', { password: PASSWORD })
    expect(await call.result()).toEqual({ ok: true })
  })

  it('nothing of it is in any history, nor in what was logged', async () => {
    const canaries = new Map(
      [['password', PASSWORD], ...[...api.living.keys()].entries()].map(
        ([name, text]) => [String(name), text] as const,
      ),
    )
    expect(canaries.size).toBeGreaterThan(3)
    const query = `TaskQueue = '${stage.taskQueue}'`
    let histories = 0
    for await (const { workflowId } of stage.client.workflow.list({ query })) {
      const history = await stage.client.workflow.getHandle(workflowId).fetchHistory()
      expect(findLeaks(historyToJSON(history), canaries), workflowId).toEqual([])
      histories += 1
    }
    expect(histories).toBeGreaterThan(4)
    expect(findLeaks(evidence(), canaries)).toEqual([])
  })
})
