import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiKey, cursor, defineConnector, get, nextUrl } from '../../src/connectors/index.js'
import { viewOf } from '../../src/cli/frame/output.js'
import { progressLines } from '../../src/cli/sync/progress-lines.js'
import { renderLine } from '../../src/cli/terminal/styled-line.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const KEY = 'canary-key-of-the-doubtful-shop'
const items = 'orders'
let release: (value?: unknown) => void = () => undefined
const held = new Promise((resolve) => {
  release = resolve
})

let shop: LoopbackServer
let stage: Stage
let connector: string
beforeAll(async () => {
  shop = await startLoopbackServer((request, response) => {
    if (request.url?.includes('cursor=b') === true)
      sendJson(response, 200, { orders: [{ id: 2 }], next: null })
    else
      sendJson(response, 200, {
        orders: [{ id: 1 }],
        errors: [{ message: 'a shard did not answer' }],
        next: 'b',
      })
  })
  stage = await startStage({
    connectors: ({ run }) => [
      defineConnector({
        id: `doubtful-${run}`,
        baseUrl: shop.origin,
        auth: apiKey({ in: 'header', name: 'X-Key' }),
        endpoints: {
          partial: get('/a', {
            items,
            paginate: cursor({ from: { body: 'next' }, to: { query: 'cursor' } }),
          }),
          misspelt: get('/a', { items, paginate: nextUrl({ path: 'links.nxt' }) }),
          lost: get('/a', { items: 'order' }),
        },
      }),
    ],
    functions: {
      sinks: {
        holds: async (records) => {
          if ((records as readonly { readonly id: number }[]).some(({ id }) => id === 2)) await held
        },
      },
    },
  })
  connector = `doubtful-${stage.run}`
  await stage.keeper.connect(connector, 'default', { apiKey: KEY })
  stage.canaries.push(['key of the doubtful shop', KEY])
})
afterAll(async () => {
  await stage.end()
  await shop.stop()
})

const begin = (endpoint: string) =>
  stage.sync(endpoint, { from: { connection: connector, endpoint }, to: { sink: 'holds' } })

it('a place of the next page that is nowhere is said before a sync, and by its result', async () => {
  const warnings = [expect.stringContaining("no page has 'links.nxt'")]
  const check = (endpoint: string) =>
    stage.keeper.checkSync({
      from: { connection: connector, endpoint },
      to: { sink: 'holds' },
      keeperTaskQueue: stage.taskQueue,
    })
  expect(await check('misspelt')).toMatchObject({
    outcome: 'ready',
    warnings: expect.arrayContaining(warnings) as unknown,
  })
  expect(await check('lost')).toMatchObject({ outcome: 'refused', code: 'ItemsMissing' })
  expect(await check('none')).toMatchObject({ outcome: 'refused', code: 'UnknownEndpoint' })
  const flow = await begin('misspelt')
  expect(await flow.result()).toMatchObject({
    read: 1,
    warnings: expect.arrayContaining(warnings) as unknown,
  })
})

it('what a page warns of is seen while the sync runs, in its result and in the Web UI', async () => {
  const flow = await begin('partial')
  const report = await until(
    () => stage.keeper.progress(flow.workflowId),
    ({ warnings }) => warnings !== undefined,
  )
  expect(report.counters).toMatchObject({ read: 1 })
  const view = viewOf({ isTerminal: false, colour: false, columns: 80, rows: 24 }, Date.now())
  const lines = progressLines(flow.workflowId, report, view).slice(1)
  expect(lines.map((line) => renderLine(line, false)).join('\n')).toContain(
    '  warning: a page tells of an error',
  )
  release()
  const result = await flow.result()
  expect(result).toMatchObject({ read: 2, written: 2 })
  expect(result.warnings).toEqual([expect.stringContaining('beside its list')])
  const { currentDetails } = await flow.query<{ currentDetails: string }>(
    '__temporal_workflow_metadata',
  )
  expect(currentDetails).toContain('**Warning**: a page tells of an error')
})
