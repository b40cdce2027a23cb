import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Connector,
  defineConnector,
  get,
  refreshToken,
  secret,
} from '../../src/connectors/index.js'
import {
  type DjangoAuthorizationServer,
  installDjango,
  startDjangoAuthorizationServer,
} from '../fixtures/django-authorization-server.js'
import { type LoopbackServer, sendJson, startLoopbackServer } from '../fixtures/loopback-server.js'
import {
  MISBEHAVIOURS,
  type MisbehavingProxy,
  startMisbehavingProxy,
} from '../fixtures/misbehaving-proxy.js'
import {
  connectClient,
  type Keeper,
  makeKey,
  startKeeper,
  type TestClient,
} from '../fixtures/whole-path.js'
import { askForRefresh } from '../setup/ask-for-refresh.js'
import { testBundle } from './stage.js'
import { until } from './until.js'

const installed = await installDjango()
if ('missing' in installed)
  process.stdout.write(
    `SKIPPED: the second authorization server (django-oauth-toolkit) can't be installed here: ${installed.missing}\n`,
  )
const packages = 'path' in installed ? installed.path : ''

const RUN = randomUUID().slice(0, 8)
const QUEUE = `django-${RUN}`

/** Rotation on, reuse kills the family; a used refresh token is answered again within the window. */
describe.skipIf(packages === '').each([
  { window: 'a grace window of 30 s', graceSeconds: 30, ends: 'active' },
  { window: 'no grace window', graceSeconds: 0, ends: 'needs_reauth' },
])('django-oauth-toolkit with $window', ({ graceSeconds, ends }) => {
  let server: DjangoAuthorizationServer
  let proxy: MisbehavingProxy
  let upstream: LoopbackServer
  let keeper: Keeper
  let client: TestClient
  const id = `django-${RUN}-${String(graceSeconds)}`

  beforeAll(async () => {
    server = await startDjangoAuthorizationServer(packages, {
      accessTokenSeconds: 3600,
      graceSeconds,
    })
    proxy = await startMisbehavingProxy(server.origin, { path: '/o/token/' })
    upstream = await startLoopbackServer(async ({ headers }, response) => {
      const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
      sendJson(response, (await isActive(server, token)) ? 200 : 401, { who: 'merchant' })
    })
    process.env['TEST_DJANGO_SECRET'] = server.clientSecret
    const { file, publicKey } = await makeKey()
    keeper = await startKeeper(inject('temporalAddress'), {
      keyFiles: [file],
      taskQueue: `${QUEUE}-${String(graceSeconds)}`,
      connectors: [connector()],
      workflowBundle: await testBundle(),
    })
    client = await connectClient(
      inject('temporalAddress'),
      `${QUEUE}-${String(graceSeconds)}`,
      publicKey,
    )
  })

  afterAll(async () => {
    await client.client.workflow.getHandle(`token:${id}:default`).terminate('end of the test')
    await keeper.stop()
    await client.close()
    await Promise.all([upstream.stop(), proxy.stop()])
    await server.stop()
  })

  function connector(): Connector {
    return defineConnector({
      id,
      baseUrl: upstream.origin,
      auth: refreshToken({
        rotation: 'rotating',
        tokenUrl: `${proxy.origin}/o/token/`,
        clientId: server.clientId,
        clientSecret: secret('env:TEST_DJANGO_SECRET'),
      }),
      verify: 'me',
      endpoints: { me: get('/me') },
    })
  }

  it('connects, and each refresh rotates', async () => {
    const refreshToken = await server.fetchRefreshToken()
    expect(await client.keeper.connect(id, 'default', { refreshToken })).toMatchObject({
      status: 'active',
      generation: 1,
    })
    await askForRefresh(client.client, id)
    await until(
      () => client.keeper.status(id),
      ({ generation }) => generation === 2,
    )
  })

  it(`ends as ${ends} when the answer to a refresh is lost`, async () => {
    proxy.next(MISBEHAVIOURS.resetAfter)
    await askForRefresh(client.client, id)
    const status = await until(
      () => client.keeper.status(id),
      ({ status: now, generation, failure }) =>
        now === 'needs_reauth' || generation === 3 || failure?.code === 'invalid_grant',
    )
    const story = await client.keeper.story(id)
    expect(story).toContainEqual(
      expect.objectContaining({ event: 'refresh_failed', cause: 'ambiguous' }),
    )
    if (ends === 'active') {
      expect(status).toMatchObject({ status: 'active', generation: 3 })
      return
    }
    // The living token is served until it is refused; the server has killed the family by now.
    const lease = { requestId: 'r', replyTo: '', minValidityMs: 0 }
    await client.client.workflow
      .getHandle(`token:${id}:default`)
      .signal('tokenkeeper.lease', { ...lease, rejected: { generation: 2, status: 401 } })
    await until(
      () => client.keeper.status(id),
      ({ reason }) => reason === 'rotation_lost',
    )
    const refreshToken = await server.fetchRefreshToken()
    expect(await client.keeper.connect(id, 'default', { refreshToken })).toMatchObject({
      status: 'active',
    })
  })

  it('gives flows tokens that the server itself calls active', async () => {
    const taskQueue = `${QUEUE}-${String(graceSeconds)}`
    const call = { connector: id, account: 'default', taskQueue, endpoint: 'me' }
    const result = await client.client.workflow.execute<(input: object) => Promise<unknown>>(
      'callOnce',
      {
        taskQueue,
        workflowId: `call-${id}`,
        args: [call],
      },
    )
    expect(result).toEqual({ who: 'merchant' })
  })
})

async function isActive(
  server: DjangoAuthorizationServer,
  token: string | undefined,
): Promise<boolean> {
  if (token === undefined) return false
  const { clientId, clientSecret } = server
  const response = await fetch(server.introspectionUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ token }),
  })
  return ((await response.json()) as { readonly active?: boolean }).active === true
}
