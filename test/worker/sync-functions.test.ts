import { describe, expect, it } from 'vitest'
import { apiKey, defineConnector, get, secret } from '../../src/connectors/index.js'
import { type SinkFunction, TokenkeeperPlugin, type TransformFunction } from '../../src/index.js'
import { prepareKeeper } from '../../src/worker/prepare-keeper.js'
import { makeKey } from '../fixtures/whole-path.js'

const connectors = [
  defineConnector({
    id: 'acme',
    baseUrl: 'https://acme.example',
    auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
    endpoints: { a: get('/a') },
  }),
]
const writeOrders: SinkFunction = () => undefined
const toErpOrder: TransformFunction = (record) => record
const prepare = async (functions: object) =>
  await prepareKeeper({
    connectors,
    privateKeys: [secret(`file:${(await makeKey()).file}`)],
    ...functions,
  })

describe('sinks and transforms', () => {
  it('are kept by name; a name of JavaScript itself is none', async () => {
    const { functions } = await prepare({ sinks: { writeOrders }, transforms: { toErpOrder } })
    expect(functions.sinks.get('writeOrders')).toBe(writeOrders)
    expect(functions.transforms.get('toErpOrder')).toBe(toErpOrder)
    expect(functions.sinks.get('toString')).toBeUndefined()
    expect((await prepare({})).functions.sinks.size).toBe(0)
  })

  it.each([
    ['sinks', { sinks: { writeOrders: 'x' } }, "sinks: 'writeOrders' is no function"],
    [
      'the sinks of Temporal',
      { sinks: { logger: { info: { fn: () => undefined } } } },
      "sinks: 'logger' is no function",
    ],
    ['transforms', { transforms: { toErpOrder: 7 } }, "transforms: 'toErpOrder' is no function"],
    ['names', { transforms: { 'to erp': toErpOrder } }, 'transforms: a function is named by'],
  ])('%s that are none are told, by the plugin when it is made', async (_name, given, message) => {
    await expect(prepare(given)).rejects.toThrow(message)
    const options = { connectors, privateKeys: [secret('env:NEVER_READ')], ...(given as object) }
    expect(() => new TokenkeeperPlugin(options)).toThrow(message)
  })
})
