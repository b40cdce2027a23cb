import { Client, Connection } from '@temporalio/client'
import type { Payload, PayloadCodec } from '@temporalio/common'
import { inject } from 'vitest'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import {
  fromPayloadJson,
  readPayloads,
  toPayloadJson,
} from '../../src/cli/temporal/payload-json.js'
import {
  defineConnector,
  get,
  linkHeader,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import { type Erp, startErp } from '../fixtures/erp.js'
import { readBody, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import { erpConnector, makeKey, startKeeper } from '../fixtures/whole-path.js'
import { testBundle } from '../integration/stage.js'
import { startDevServer } from '../setup/dev-server.js'

const ENCODING = 'binary/own'
const CLIENT_SECRET = 'TEST_WEB_UI_CLIENT_SECRET'

/** A codec of a user's own: what it has encoded nobody reads without it. */
const codec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map(encodeOne)),
  decode: (payloads) => Promise.resolve(payloads.map(decodeOne)),
}

function encodeOne(payload: Payload): Payload {
  const inner = Buffer.from(JSON.stringify(toPayloadJson(payload))).map((byte) => byte ^ 0x5a)
  return { metadata: { encoding: Buffer.from(ENCODING) }, data: inner }
}

function decodeOne(payload: Payload): Payload {
  const { encoding } = payload.metadata ?? {}
  if (Buffer.from(encoding ?? '').toString() !== ENCODING) return payload
  const inner = Buffer.from(payload.data ?? '').map((byte) => byte ^ 0x5a)
  const [read] = readPayloads({ payloads: [JSON.parse(Buffer.from(inner).toString())] }) ?? []
  return read === undefined ? payload : fromPayloadJson(read)
}

/** A Temporal server of its own with the Web UI, and a keeper, flows and a client whose payloads go through a codec. */
export interface WebUiStage {
  readonly address: string
  /** `http://localhost:…` */
  readonly webUi: string
  readonly taskQueue: string
  readonly erp: Erp
  readonly erpKey: string
  readonly client: Client
  readonly keeper: TokenkeeperClient
  /** The codec server of the user's own, and the `Authorization` that it wants. */
  readonly codecServer: { readonly origin: string; readonly auth: string }
  readonly stop: () => Promise<void>
}

export async function startWebUiStage(): Promise<WebUiStage> {
  const server = await startDevServer({ ui: true, cliPath: inject('temporalCliPath') })
  const taskQueue = 'tokenkeeper'
  const auth = 'Bearer of-the-own-codec'
  const codecServer = await startLoopbackServer(async (request, response) => {
    const isDecode = request.url === '/decode'
    const given = readPayloads(JSON.parse(await readBody(request)))?.map(fromPayloadJson) ?? []
    if (request.headers.authorization !== auth) sendJson(response, 401, {})
    else {
      const payloads = await (isDecode ? codec.decode(given) : codec.encode(given))
      sendJson(response, 200, { payloads: payloads.map(toPayloadJson) })
    }
  })
  const erpKey = 'canary-erp-key'
  const erp = await startErp({ keys: [erpKey] })
  let asked = 0
  const shop = await startLoopbackServer(async (request, response) => {
    if (request.url !== '/token') {
      sendJson(response, 200, { orders: [] })
      return
    }
    asked += 1
    const form = new URLSearchParams(await readBody(request))
    // The second token is not to be had: the connection is degraded from then on.
    if (form.get('refresh_token') === 'canary-weak-2') sendJson(response, 503, {})
    else
      sendJson(response, 200, {
        access_token: `canary-access-${asked}`,
        refresh_token: `${form.get('refresh_token') ?? ''}-2`,
        token_type: 'bearer',
        expires_in: 1800,
      })
  })
  process.env[CLIENT_SECRET] = 'canary-client-secret'
  const { file, publicKey } = await makeKey()
  const dataConverter = { payloadCodecs: [codec] }
  const worker = await startKeeper(server.address, {
    keyFiles: [file],
    taskQueue,
    connectors: [
      defineConnector({
        id: 'shop',
        baseUrl: shop.origin,
        auth: refreshToken({
          rotation: 'rotating',
          tokenUrl: `${shop.origin}/token`,
          clientId: 'tokenkeeper',
          clientSecret: secret(`env:${CLIENT_SECRET}`),
        }),
        endpoints: { 'orders.list': get('/orders', { items: 'orders', paginate: linkHeader() }) },
      }),
      erpConnector('erp', erp.origin),
    ],
    workflowBundle: await testBundle(),
    dataConverter,
  })
  const connection = await Connection.connect({ address: server.address })
  const client = new Client({ connection, dataConverter })
  return {
    address: server.address,
    webUi: (server.uiAddress ?? '').replace('127.0.0.1', 'localhost'),
    taskQueue,
    erp,
    erpKey,
    client,
    keeper: new TokenkeeperClient({ client, publicKey, taskQueue }),
    codecServer: { origin: codecServer.origin, auth },
    stop: async () => {
      await worker.stop()
      await connection.close()
      await server.stop()
      await Promise.all([shop.stop(), erp.stop(), codecServer.stop()])
    },
  }
}
