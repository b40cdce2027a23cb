import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NoticeEvent } from '../../src/contract/notice-events.js'
import { NOTICES_QUERY, type NoticesReport, noticesWorkflowId } from '../../src/contract/notices.js'
import { secret } from '../../src/definition/secret-reference.js'
import { type LoopbackServer, readBody, startLoopbackServer } from '../fixtures/loopback-server.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const KEY = `whsec_${randomBytes(32).toString('base64')}`
const OLD_KEY = `whsec_${randomBytes(32).toString('base64')}`
const CHAT_PATH = `/services/${randomBytes(12).toString('hex')}`
const PEOPLE = 'https://app.example/connections/start/{connector}/{account}'

interface Received {
  readonly path: string
  readonly id: string
  readonly event: NoticeEvent
}

let stage: Stage
let receiver: LoopbackServer
/** What was taken, each after its signature was verified. */
const received: Received[] = []
const chat: string[] = []
const mine: NoticeEvent[] = []
const refused: string[] = []

beforeAll(async () => {
  receiver = await startLoopbackServer(async (request, response) => {
    const body = await readBody(request)
    const path = request.url ?? ''
    if (path === CHAT_PATH) chat.push((JSON.parse(body) as { text: string }).text)
    else if (path === '/moved') {
      response.writeHead(307, { location: '/ops' }).end()
      return
    } else {
      const headers = request.headers as Record<string, string>
      const event = new Webhook(path === '/old' ? OLD_KEY : KEY).verify(
        body,
        headers,
      ) as NoticeEvent
      const id = headers['webhook-id'] ?? ''
      // The first try fails.
      if (path === '/ops' && refused.length === 0) {
        refused.push(id)
        response.writeHead(503, { 'retry-after': '1' }).end('not now')
        return
      }
      received.push({ path, id, event })
    }
    response.writeHead(204).end()
  })
  process.env['TEST_NOTICE_KEY'] = KEY
  process.env['TEST_NOTICE_OLD_KEY'] = OLD_KEY
  process.env['TEST_NOTICE_CHAT'] = `${receiver.origin}${CHAT_PATH}`
  const keys = [secret('env:TEST_NOTICE_OLD_KEY'), secret('env:TEST_NOTICE_KEY')]
  const to = (path: string): string => `${receiver.origin}${path}`
  stage = await startStage({
    // Enough that it is in the middle when the grant ends.
    orders: { parked: 200 },
    pageDelayMs: 50,
    keeper: {
      activities: {
        pageOnCall: (event: NoticeEvent) => {
          mine.push(event)
          return Promise.resolve()
        },
      },
      notices: {
        reauthorizeUrl: PEOPLE,
        destinations: [
          { kind: 'webhook', name: 'ops', url: to('/ops'), secret: keys },
          {
            kind: 'webhook',
            name: 'old',
            url: to('/old'),
            secret: keys,
            events: ['connection.needs_reauth'],
          },
          {
            kind: 'webhook',
            name: 'billing',
            url: to('/billing'),
            secret: keys,
            tags: ['team:billing'],
          },
          { kind: 'webhook', name: 'nobody', url: to('/nobody'), secret: keys, connectors: ['x'] },
          { kind: 'webhook', name: 'moved', url: to('/moved'), secret: keys },
          { kind: 'slack', name: 'chat', url: secret('env:TEST_NOTICE_CHAT') },
          { kind: 'activity', name: 'pager', activity: 'pageOnCall' },
        ],
      },
    },
  })
  stage.canaries.push(['notice key', KEY], ['old notice key', OLD_KEY], ['chat', CHAT_PATH])
})
afterAll(async () => {
  await stage.end()
  await receiver.stop()
})

const typesAt = (path: string): readonly string[] =>
  received.filter((one) => one.path === path).map(({ event }) => event.type)
const find = (path: string, type: string): Received | undefined =>
  received.find((one) => one.path === path && one.event.type === type)
const report = () =>
  stage.client.workflow
    .getHandle(noticesWorkflowId(stage.taskQueue))
    .query<NoticesReport>(NOTICES_QUERY)

describe('people are told', () => {
  it('of connections that are made, by tag too, and tried again where that fails', async () => {
    await stage.connectShop()
    const { erpId, erpKey } = stage
    await stage.keeper.connect(
      erpId,
      'default',
      { apiKey: erpKey },
      { tags: ['team:billing', 'customer:4711'], owner: 'user-7' },
    )
    await until(
      () => typesAt('/ops'),
      (types) => types.length === 2,
    )
    expect(received.map(({ id }) => id)).toContain(refused[0])
    await until(
      () => typesAt('/billing'),
      (types) => types.length > 0,
    )
    expect(received.filter(({ path }) => path === '/billing')).toMatchObject([
      {
        event: {
          type: 'connection.connected',
          data: {
            connection: `${erpId}/default`,
            connector: erpId,
            status: 'active',
            previous: 'pending',
            tags: ['customer:4711', 'team:billing'],
            owner: 'user-7',
          },
        },
      },
    ])
  })

  it('of a grant that is revoked and a sync that parks, with what to do', async () => {
    await stage.sync('parked')
    await until(
      () => stage.shop.counters.pagesOfFlow['parked'] ?? 0,
      (pages) => pages > 0,
    )
    await stage.server.revokeGrants()
    const dead = await until(
      () => find('/ops', 'connection.needs_reauth'),
      (found) => found !== undefined,
    )
    const connection = `${stage.shopId}/acme`
    expect(dead?.event.data).toMatchObject({
      connection,
      next: {
        command: `npx tokenkeeper connect ${connection}`,
        url: `https://app.example/connections/start/${stage.shopId}/acme`,
      },
    })
    const parked = await until(
      () => find('/ops', 'sync.parked'),
      (found) => found !== undefined,
    )
    expect(parked?.event.data).toMatchObject({
      connection,
      sync: { workflowId: `sync-${stage.run}-parked`, endpoint: 'orders.list' },
      next: { command: `npx tokenkeeper connect ${connection}` },
    })
    const message = await until(
      () => chat.find((text) => text.includes('needs to be authorised again')),
      (text) => text !== undefined,
    )
    expect(message).toContain(`:red_circle: \`${connection}\` needs to be authorised again`)
    expect(message).toContain(`<https://app.example/connections/start/${stage.shopId}/acme|`)
  })

  it('that both are over', async () => {
    await stage.connectShop()
    await until(
      () => [...typesAt('/ops')],
      (types) => types.includes('connection.recovered') && types.includes('sync.recovered'),
    )
    // Each destination is told at its own pace.
    await until(
      () => typesAt('/old'),
      (types) => types.length > 0,
    )
    expect(typesAt('/old')).toEqual(['connection.needs_reauth'])
    expect(typesAt('/nobody')).toEqual([])
    const kinds = (types: readonly string[]): string => [...new Set(types)].sort().join()
    await until(
      () => [kinds(mine.map(({ type }) => type)), kinds(typesAt('/ops'))],
      ([toActivity, toOps]) => toActivity === toOps,
    )
  })

  it('of a sync that fails', async () => {
    const failing = await stage.sync('failing', {
      from: { connection: `${stage.erpId}/default`, endpoint: 'orders.none' },
    })
    await failing.result().catch(() => undefined)
    const failed = await until(
      () => find('/billing', 'sync.failed'),
      (found) => found !== undefined,
    )
    expect(failed?.event.data).toMatchObject({
      code: 'UnknownEndpoint',
      sync: { workflowId: `sync-${stage.run}-failing` },
      next: { command: `npx tokenkeeper replay sync-${stage.run}-failing` },
    })
  })

  it('of a connection that is revoked and removed at once', async () => {
    await stage.keeper.remove(stage.erpId, 'default')
    const revoked = await until(
      () => find('/billing', 'connection.revoked'),
      (found) => found !== undefined,
    )
    expect(revoked?.event.data).toMatchObject({
      connection: `${stage.erpId}/default`,
      status: 'revoked',
      previous: 'active',
    })
  })
})

describe('a destination that can not be reached', () => {
  it('is not followed elsewhere, and is shown', async () => {
    expect(received.filter(({ path }) => path === '/ops' && path.includes('moved'))).toEqual([])
    const { destinations } = await until(report, (told) =>
      told.destinations.some(({ name, waiting }) => name === 'ops' && waiting === 0),
    )
    const moved = destinations.find(({ name }) => name === 'moved')
    expect(moved?.waiting).toBeGreaterThan(0)
    expect(moved?.deliveredAtMs).toBeUndefined()
    expect(destinations.find(({ name }) => name === 'ops')).toMatchObject({
      waiting: 0,
      dead: [],
    })
    const details: unknown = await stage.client.workflow
      .getHandle(noticesWorkflowId(stage.taskQueue))
      .query('__temporal_workflow_metadata')
    expect(JSON.stringify(details)).toContain('moved')
  })
})
