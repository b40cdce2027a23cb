import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureCode } from '../../src/contract/failure.js'
import { apiKey, type Connector, defineConnector } from '../../src/connectors/index.js'
import { pagedEndpoints, type PagedEndpointName } from '../fixtures/paged-endpoints.js'
import { type PagedUpstream, startPagedUpstream } from '../fixtures/paged-upstream.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const RECORDS = 60
const SIZE = 4
const KEY = 'canary-key-of-the-paged-shop'
const STYLES: readonly PagedEndpointName[] = ['cursor-post', 'offset-total', 'updated-from-offset']

const written = new Map<string, number[]>()
const idsOf = (style: string): readonly number[] => written.get(style) ?? []
/** Every write waits for it: so that the worker goes down in the middle. */
let held: Promise<unknown> = Promise.resolve()

let shop: PagedUpstream
let stage: Stage
beforeAll(async () => {
  shop = await startPagedUpstream({ records: RECORDS, perMoment: 7, largestPage: SIZE, key: KEY })
  stage = await startStage({
    connectors: ({ run }) => [pagedConnector(`paged-${run}`)],
    functions: {
      sinks: Object.fromEntries(
        STYLES.map((style) => [
          style.replaceAll('-', '_'),
          async (records) => {
            if (idsOf(style).length >= RECORDS / 3) await held
            const ids = (records as readonly { readonly id: number }[]).map(({ id }) => id)
            written.set(style, [...idsOf(style), ...ids])
          },
        ]),
      ),
    },
  })
  await stage.keeper.connect(`paged-${stage.run}`, 'default', { apiKey: KEY })
  stage.canaries.push(['key of the paged shop', KEY])
})
afterAll(async () => {
  await stage.end()
  await shop.stop()
})

/** @param moved another path of each, which makes them other endpoints */
function pagedConnector(id: string, moved = false): Connector {
  const endpoints = Object.entries(pagedEndpoints(SIZE)).map(([name, { endpoint }]) => {
    return [name, moved ? { ...endpoint, path: `/v2${endpoint.path}` } : endpoint] as const
  })
  return defineConnector({
    id,
    baseUrl: shop.origin,
    auth: apiKey({ in: 'query', name: 'key' }),
    endpoints: Object.fromEntries(endpoints),
  })
}

async function begin(style: PagedEndpointName, name: string) {
  const { input = {} } = pagedEndpoints(SIZE)[style] as {
    input?: Readonly<Record<string, unknown>>
  }
  return await stage.sync(name, {
    from: { connection: `paged-${stage.run}`, endpoint: style, input },
    to: { sink: style.replaceAll('-', '_') },
  })
}

/** Starts syncs and takes their worker down under them at a third of the way. */
async function startAndGoDown(styles: readonly PagedEndpointName[], prefix: string) {
  let release: (value?: unknown) => void = () => undefined
  held = new Promise((resolve) => {
    release = resolve
  })
  const flows = await Promise.all(styles.map((style) => begin(style, `${prefix}-${style}`)))
  const isThere = () => styles.every((style) => idsOf(style).length >= RECORDS / 3)
  await until(isThere, (there) => there)
  const down = stage.worker.stop()
  release()
  await down
  return flows
}

describe('syncs in styles whose place is more than a URL', () => {
  it('go on at their page on another worker, and every record comes once', async () => {
    const flows = await startAndGoDown(STYLES, 'on')
    stage.worker = await stage.startKeeper()
    const results = await Promise.all(flows.map((flow) => flow.result()))
    for (const [at, style] of STYLES.entries()) {
      expect(results[at]).toMatchObject({ read: RECORDS, written: RECORDS })
      expect(idsOf(style)).toEqual(Array.from({ length: RECORDS }, (_, index) => index + 1))
    }
  })

  it('stop with their place where the endpoint is another one by then', async () => {
    written.clear()
    const [flow] = await startAndGoDown(['cursor-post'], 'outdated')
    const others = stage.connectors.filter(({ id }) => !id.startsWith('paged-'))
    const moved = pagedConnector(`paged-${stage.run}`, true)
    stage.worker = await stage.startKeeper([...others, moved])
    const failure: unknown = await flow?.result().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failureCode(failure)).toBe('CheckpointOutdated')
  })
})
