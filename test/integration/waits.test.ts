import { afterAll, beforeAll, expect, it } from 'vitest'
import { defineConnector, get, refreshToken, secret } from '../../src/connectors/index.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  startAuthorizationServer,
  type AuthorizationServer,
} from '../fixtures/authorization-server.js'
import { type Stage, startStage } from './stage.js'

let busy: LoopbackServer
let server: AuthorizationServer
let stage: Stage
const TOKEN_SECONDS = 3
/** Longer than a token lives. */
const RETRY_AFTER_SECONDS = 4
const seen: { readonly token: string; readonly atMs: number; readonly status: number }[] = []

beforeAll(async () => {
  busy = await startLoopbackServer((request, response) => {
    const token = request.headers.authorization ?? ''
    const status = seen.length === 0 ? 429 : 200
    seen.push({ token, atMs: Date.now(), status })
    if (status === 429) response.setHeader('retry-after', String(RETRY_AFTER_SECONDS))
    sendJson(response, status, [{ id: 'waited-1' }])
  })
  server = await startAuthorizationServer({ accessTokenSeconds: TOKEN_SECONDS })
  const client = server.clients[0]
  process.env['TEST_WAIT_SECRET'] = client?.clientSecret
  stage = await startStage({
    connectors: ({ run }) => [
      defineConnector({
        id: `busy-${run}`,
        baseUrl: busy.origin,
        auth: refreshToken({
          rotation: 'rotating',
          tokenUrl: server.tokenUrl,
          clientId: client?.clientId ?? '',
          clientSecret: secret('env:TEST_WAIT_SECRET'),
        }),
        endpoints: { list: get('/list') },
      }),
    ],
  })
  await stage.connectErp()
})
afterAll(async () => {
  await stage.end()
  await busy.stop()
  await server.stop()
})

it('a Retry-After longer than the token lives: waits as told, and goes on with a token that lives', async () => {
  const { refreshToken } = await fetchRefreshToken(server)
  const connector = `busy-${stage.run}`
  await stage.keeper.connect(connector, 'default', { refreshToken })
  const result: unknown = await stage.client.workflow.execute('syncFlow', {
    taskQueue: stage.taskQueue,
    workflowId: `waits-${stage.run}`,
    args: [
      {
        from: { connection: connector, endpoint: 'list' },
        to: { connection: stage.erpId, endpoint: 'orders.upsert' },
        keeperTaskQueue: stage.taskQueue,
      },
    ],
  })
  expect(result).toMatchObject({ written: 1 })
  expect(seen.map(({ status }) => status)).toEqual([429, 200])
  const [before, after] = seen
  expect((after?.atMs ?? 0) - (before?.atMs ?? 0)).toBeGreaterThanOrEqual(
    RETRY_AFTER_SECONDS * 1000 - 50,
  )
  expect(after?.token).not.toBe(before?.token)
  const { events } = await stage.client.workflow.getHandle(`waits-${stage.run}`).fetchHistory()
  const timers = (events ?? []).filter((event) => event.timerFiredEventAttributes)
  expect(timers).toHaveLength(1)
})
