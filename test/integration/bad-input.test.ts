import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, defineConnector, get, linkHeader } from '../../src/connectors/index.js'
import { type FailureCode } from '../../src/contract/failures.js'
import { failureCode } from '../../src/contract/failure.js'
import { createSealer } from '../../src/sealing/sealer.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { makeKey, startKeeper } from '../fixtures/whole-path.js'
import { keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

/** An upstream that answers pages as it is told. */
let odd: LoopbackServer
let mode = 'good'
let stage: Stage
let id = ''
let runs = 0

beforeAll(async () => {
  odd = await startLoopbackServer((request, response) => {
    if (request.url === '/me') {
      sendJson(response, 200, { me: true })
      return
    }
    switch (mode) {
      case 'html':
        response.setHeader('content-type', 'text/html')
        response.end('<html>login</html>')
        return
      case 'no-items':
        sendJson(response, 200, { entries: [] })
        return
      case 'foreign':
        response.setHeader('link', '<http://127.0.0.1:1/orders>; rel="next"')
        break
      case 'huge':
        sendJson(response, 200, { orders: ['x'.repeat(5000)] })
        return
      case 'refused':
        sendJson(response, 422, {})
        return
    }
    sendJson(response, 200, { orders: [{ id: `odd-${String(runs)}` }] })
  })
  stage = await startStage({
    connectors: ({ run }) => [
      defineConnector({
        id: `odd-${run}`,
        baseUrl: odd.origin,
        auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
        verify: 'me',
        endpoints: {
          me: get('/me'),
          'orders.list': get('/orders', {
            items: 'orders',
            paginate: linkHeader(),
            maxBytes: 4000,
          }),
        },
      }),
    ],
  })
  id = `odd-${stage.run}`
  await stage.connectErp()
  await stage.keeper.connect(id, 'default', { apiKey: 'odd-key' })
})
afterAll(async () => {
  await stage.end()
  await odd.stop()
})

/** Most wait as long as it takes: on a busy machine a lease that is good may take a while. */
function sync(from: string, endpoint = 'orders.list', maxWait = '2 minutes'): Promise<unknown> {
  runs += 1
  return stage.client.workflow.execute('syncFlow', {
    taskQueue: stage.taskQueue,
    workflowId: `bad-${stage.run}-${String(runs)}`,
    args: [
      {
        from: { connection: from, endpoint },
        to: { connection: stage.erpId, endpoint: 'orders.upsert' },
        keeperTaskQueue: stage.taskQueue,
        maxWait,
      },
    ],
  })
}

async function failsWith(work: Promise<unknown>, code: FailureCode, says: string): Promise<void> {
  const error = keepError(
    await work.then(
      () => undefined,
      (failed: unknown) => failed,
    ),
  )
  expect(failureCode(error)).toBe(code)
  expect(deepestMessage(error)).toContain(says)
}

function deepestMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? deepestMessage(cause) : (error as Error).message
}

describe('bad input gives one clear failure, and the next try works after mending', () => {
  it.each([
    ['a page that is not JSON', 'html', 'AnswerUnreadable', 'JSON'],
    ['an item path that is missing', 'no-items', 'ItemsMissing', `'orders'`],
    ['a next link to another origin', 'foreign', 'ForeignOrigin', 'http://127.0.0.1:1'],
    ['an answer over the size limit', 'huge', 'AnswerTooLarge', '4000'],
    ['a refused request', 'refused', 'UpstreamRejected', '422'],
  ] as const)('%s', async (_name, how, code, says) => {
    mode = how
    await failsWith(sync(id), code, says)
    mode = 'good'
    expect(await sync(id)).toMatchObject({ read: 1, written: 1 })
  })

  it('an unknown connector', async () => {
    await failsWith(sync('nobody/here'), 'UnknownConnector', 'nobody')
  })

  it('an unknown endpoint', async () => {
    await failsWith(sync(id, 'orders.lost'), 'UnknownEndpoint', 'orders.lost')
  })

  it('a connection that is no name', async () => {
    await failsWith(sync('Not A Name'), 'InvalidConnection', `'shopify/acme'`)
  })

  it('a connection that is not connected yet: waits, fails after maxWait, works once connected', async () => {
    await failsWith(
      sync(`${id}/later`, 'orders.list', '5s'),
      'ConnectionNotUsable',
      'no credential yet',
    )
    await stage.keeper.connect(id, 'later', { apiKey: 'odd-key' })
    expect(await sync(`${id}/later`)).toMatchObject({ written: 1 })
  })

  it('a sealed value of another connection, and one of another key', async () => {
    const sealer = createSealer(stage.publicKey)
    const moved = await sealer.seal('{"apiKey":"odd-key"}', {
      connection: `${id}/elsewhere`,
      purpose: 'credential',
    })
    const { publicKey } = await makeKey()
    const foreign = await createSealer(publicKey).seal('{"apiKey":"odd-key"}', {
      connection: `${id}/default`,
      purpose: 'credential',
    })
    const { generation } = await stage.keeper.status(id)
    const rotate = (sealed: string) =>
      stage.keeper.rotate(id, 'default', { sealed }).catch(keepError)
    expect(await rotate(moved)).toMatchObject({ code: 'SealInvalid' })
    expect(await rotate(foreign)).toMatchObject({ code: 'KeyMissing' })
    expect((await stage.keeper.status(id)).generation).toBe(generation)
  })

  it('a worker with another key: fails closed, names the key, and goes on when the right one is back', async () => {
    await stage.worker.stop()
    const { file } = await makeKey()
    const wrong = await startKeeper(stage.address, {
      keyFiles: [file],
      taskQueue: stage.taskQueue,
      connectors: stage.connectors,
      workflowBundle: stage.bundle,
    })
    runs += 1
    const flow = await stage.client.workflow.start('callOnce', {
      taskQueue: stage.taskQueue,
      workflowId: `wrong-key-${stage.run}`,
      args: [{ connector: id, account: 'default', taskQueue: stage.taskQueue, endpoint: 'me' }],
    })
    const pending = await until(
      async () => (await flow.describe()).raw.pendingActivities?.[0]?.lastFailure?.message ?? '',
      (message) => message !== '',
    )
    expect(pending).toContain('needs key')
    await wrong.stop()
    stage.worker = await stage.startKeeper()
    expect(await flow.result()).toEqual({ me: true })
  })
})
