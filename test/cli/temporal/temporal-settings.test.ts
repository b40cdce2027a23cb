import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nearestOf } from '../../../src/cli/frame/nearest.js'
import { createRemoteCodec } from '../../../src/cli/temporal/remote-codec.js'
import type { TemporalOptions } from '../../../src/cli/temporal/temporal-options.js'
import { readTemporalSettings } from '../../../src/cli/temporal/temporal-settings.js'
import { type LoopbackServer, startLoopbackServer } from '../../fixtures/loopback-server.js'

const KEY = 'canary-api-key'
let folder: string
let file: string
let codec: LoopbackServer
let answer: { readonly status?: number; readonly body: string; readonly location?: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-settings-'))
  file = join(folder, 'temporal.toml')
  await writeFile(
    file,
    `[profile.default]
address = "file.example:7233"
namespace = "orders"
[profile.prod]
address = "prod.example:7233"
api_key = "${KEY}"
[profile.prod.codec]
endpoint = "https://codec.example/{namespace}"
auth = "Bearer of-the-file"
`,
  )
  await writeFile(join(folder, 'broken.toml'), `[profile.default\napi_key = "${KEY}"`)
  codec = await startLoopbackServer((_request, response) => {
    const headers = answer.location === undefined ? {} : { location: answer.location }
    response.writeHead(answer.status ?? 200, headers).end(answer.body)
  })
})
afterAll(async () => {
  await codec.stop()
  await rm(folder, { recursive: true })
})

const read = (options: TemporalOptions, env: Record<string, string> = {}) =>
  readTemporalSettings(options, { TEMPORAL_CONFIG_FILE: file, ...env })

test('an option wins over a variable, and that over the file; where it came from is known', () => {
  const env = { TEMPORAL_ADDRESS: 'env.example:7233' }
  expect(read({})).toMatchObject({
    address: 'file.example:7233',
    addressFrom: "from the profile 'default'",
    namespace: 'orders',
  })
  expect(read({}, env)).toMatchObject({
    address: 'env.example:7233',
    addressFrom: 'from TEMPORAL_ADDRESS',
  })
  expect(read({ address: 'a:1', namespace: 'n' }, env)).toMatchObject({
    namedNamespace: 'n',
    address: 'a:1',
    addressFrom: 'from --address',
    namespaceFrom: 'from --namespace',
  })
  expect(read({ disableConfigFile: true, disableConfigEnv: true }, env)).toMatchObject({
    address: 'localhost:7233',
    addressFrom: 'the default',
    namespace: 'default',
    namedNamespace: undefined,
  })
})

test('a profile has its API key, TLS and codec; options take their place', () => {
  expect(read({ profile: 'prod' })).toMatchObject({
    connection: { apiKey: KEY, tls: true },
    codec: { endpoint: 'https://codec.example/{namespace}', auth: 'Bearer of-the-file' },
  })
  expect(
    read({}, { TEMPORAL_PROFILE: 'prod', TEMPORAL_CODEC_AUTH: 'Bearer env' }).codec?.auth,
  ).toBe('Bearer env')
  expect(read({ profile: 'prod', tls: false }).connection.tls).toBe(false)
  const data = { tlsCertData: 'cert', tlsKeyData: 'key', tlsServerName: 'temporal' }
  expect(read(data).connection.tls).toMatchObject({ serverNameOverride: 'temporal' })
  expect(read({ codecEndpoint: 'http://localhost:1', codecHeader: ['x-a=b=c'] }).codec).toEqual({
    endpoint: 'http://localhost:1',
    headers: { 'x-a': 'b=c' },
  })
})

test.each([
  [{ profile: 'prdo' }, /no profile 'prdo'. Did you mean prod\? It has: default, prod/],
  [{ tlsCertPath: '/nowhere' }, /go together/],
  [{ tlsCaPath: '/nowhere' }, /can't be read \(\/nowhere: ENOENT\)/],
  [{ tlsCaPath: '/a', tlsCaData: 'b' }, /not as both/],
  [{ configFile: '/nowhere.toml' }, /there is no file/],
  [{ codecEndpoint: 'codec.example' }, /takes a URL/],
  [{ codecAuth: 'Bearer x' }, /need --codec-endpoint/],
  [{ grpcMeta: ['canary'] }, /takes key=value/],
] as const)('%o is called wrongly', (options, message) => {
  expect(() => read(options)).toThrow(message)
})

test('a file that can not be read is not quoted: a key may stand in it', () => {
  const broken = { TEMPORAL_CONFIG_FILE: join(folder, 'broken.toml') }
  expect(() => read({}, broken)).toThrow(/can't be read/)
  expect(() => read({}, broken)).not.toThrow(KEY)
})

test.each([
  [{ body: '{"payloads":[]}' }, 'something else than the payloads'],
  [{ body: '[1]' }, 'something else than the payloads'],
  [{ body: '{"payloads":[{"data":1}]}' }, 'something else than the payloads'],
  [{ body: '<h1>Sorry</h1>' }, 'something else than the payloads'],
  [{ body: '', status: 403 }, 'HTTP 403 to /decode: look at --codec-auth'],
  [{ body: '', status: 302, location: '/elsewhere' }, 'does not answer'],
] as const)('a codec server that answers %o is told of', async (given, message) => {
  answer = given
  const remote = createRemoteCodec({ endpoint: codec.origin, headers: {} }, 'default')
  const payload = { metadata: {}, data: Buffer.from('x') }
  const context = { type: 'workflow', namespace: 'default', workflowId: 'w' } as const
  await expect(remote.decode([payload], context)).rejects.toThrow(message)
})

test.each([
  ['prdo', ['prod'], ' Did you mean prod?'],
  ['shopfy', ['erp', 'shopify'], ' Did you mean shopify?'],
  ['x', ['erp'], ''],
  ['billing', ['erp', 'shop'], ''],
])('near to %s is of %j:%s', (word, names, text) => {
  expect(nearestOf(word, names)).toBe(text)
})
