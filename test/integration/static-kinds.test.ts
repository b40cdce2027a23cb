import type { IncomingMessage } from 'node:http'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CredentialInput } from '../../src/client/credential-input.js'
import { TokenkeeperError } from '../../src/client/errors/tokenkeeper-error.js'
import {
  apiKey,
  type AuthDefinition,
  basic,
  type Connector,
  defineConnector,
  get,
  headers,
  none,
  post,
} from '../../src/connectors/index.js'
import { tokenWorkflowId } from '../../src/contract/connection-ref.js'
import {
  type LoopbackServer,
  readBody,
  sendJson,
  startLoopbackServer,
} from '../fixtures/loopback-server.js'
import { readRepositoryFile } from '../examples/docs-page.js'
import { evidence, findLeaks, keepError } from './evidence.js'
import { type Stage, startStage } from './stage.js'
import { until } from './until.js'

const KEY = 'canary-static-key'

interface Case {
  readonly auth: AuthDefinition
  readonly good: CredentialInput
  readonly bad: CredentialInput
  /** What the upstream lets through; the body is the request's. */
  readonly lets: (request: IncomingMessage, body: string) => boolean
}

const pair = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

const cases: Readonly<Record<string, Case>> = {
  cookie: {
    auth: apiKey({ in: 'cookie', name: 'sid' }),
    good: { apiKey: KEY },
    bad: { apiKey: 'canary-wrong' },
    lets: ({ headers: { cookie } }) => cookie === `sid=${KEY}`,
  },
  body: {
    auth: apiKey({ in: 'body', name: 'auth.key' }),
    good: { apiKey: KEY },
    bad: { apiKey: 'canary-wrong' },
    lets: (_request, body) => (JSON.parse(body) as { auth?: { key?: unknown } }).auth?.key === KEY,
  },
  'two-keys': {
    auth: apiKey({
      keys: {
        apiKey: { in: 'header', name: 'X-Api-Key' },
        applicationKey: { in: 'query', name: 'app' },
      },
    }),
    good: { apiKey: KEY, applicationKey: 'canary-app' },
    bad: { apiKey: KEY, applicationKey: 'canary-wrong' },
    lets: (request) =>
      request.headers['x-api-key'] === KEY && request.url?.endsWith('?app=canary-app') === true,
  },
  'basic-key': {
    auth: basic({ key: 'username' }),
    good: { apiKey: KEY },
    bad: { apiKey: 'canary-wrong' },
    lets: (request) => request.headers.authorization === pair(`${KEY}:`),
  },
  'basic-empty': {
    auth: basic(),
    good: { username: KEY, password: '' },
    bad: { username: 'canary-wrong', password: '' },
    lets: (request) => request.headers.authorization === pair(`${KEY}:`),
  },
  headers: {
    auth: headers({
      headers: { 'X-Auth': '{user}:{token}' },
      fields: { user: 'plain', token: 'secret' },
    }),
    good: { user: 'anna', token: KEY },
    bad: { user: 'anna', token: 'canary-wrong' },
    lets: (request) => request.headers['x-auth'] === `anna:${KEY}`,
  },
}

/** What a later version of some of these connectors says: the same fields, elsewhere. */
const moved: Readonly<Record<string, Pick<Case, 'auth' | 'lets'>>> = {
  cookie: {
    auth: apiKey({ in: 'header', name: 'Authorization', prefix: 'Token ' }),
    lets: ({ headers: { cookie, authorization } }) =>
      cookie === undefined && authorization === `Token ${KEY}`,
  },
  headers: {
    auth: headers({
      headers: { 'X-Token': '{token}' },
      query: { user: '{user}' },
      fields: { user: 'plain', token: 'secret' },
    }),
    lets: (request) =>
      request.headers['x-auth'] === undefined &&
      request.headers['x-token'] === KEY &&
      request.url?.endsWith('?user=anna') === true,
  },
}

let upstream: LoopbackServer
let stage: Stage
let calls = 0

beforeAll(async () => {
  upstream = await startLoopbackServer(async (request, response) => {
    const [, name = '', version] = request.url?.split('/') ?? []
    const definitions = version === 'v2' ? moved : cases
    const body = await readBody(request)
    const lets =
      name === 'open'
        ? request.headers.authorization === undefined && request.headers.cookie === undefined
        : definitions[name]?.lets(request, body) === true
    sendJson(response, lets ? 200 : 401, { name, version })
  })
  stage = await startStage({
    connectors: ({ run }) => [
      connectorOf(run, 'open', none()),
      ...Object.entries(cases).map(([name, { auth }]) => connectorOf(run, name, auth)),
    ],
  })
})
afterAll(async () => {
  await stage.end()
  await upstream.stop()
})

function connectorOf(run: string, name: string, auth: AuthDefinition, version = 'v1'): Connector {
  return defineConnector({
    id: `${name}-${run}`,
    baseUrl: `${upstream.origin}/${name}/${version}`,
    auth,
    verify: 'me',
    endpoints: {
      me: name === 'body' ? post('/me') : get('/me'),
      'orders.create': post('/orders'),
    },
  })
}

function create(connector: string): Promise<unknown> {
  calls += 1
  return stage.client.workflow.execute('callOnce', {
    taskQueue: stage.taskQueue,
    workflowId: `static-${stage.run}-${String(calls)}`,
    args: [
      {
        connector,
        account: 'acme',
        taskQueue: stage.taskQueue,
        endpoint: 'orders.create',
        input: { body: { title: 'a' } },
      },
    ],
  })
}

describe.each(Object.entries(cases))('a connection by %s', (name, { auth, good, bad }) => {
  it('is tried with the verify endpoint when it is connected, and a flow calls with it', async () => {
    const id = `${name}-${stage.run}`
    const refusal: unknown = await stage.keeper.connect(id, 'acme', bad).catch(keepError)
    expect(refusal).toBeInstanceOf(TokenkeeperError)
    const { message } = refusal as TokenkeeperError
    expect(message).toContain(`The verify endpoint of ${id}/acme refused the credential (HTTP 401)`)
    expect(await readRepositoryFile(`docs/auth/${auth.kind}.md`)).toContain(
      message.replace(id, 'tickets'),
    )
    expect(String(refusal)).not.toContain('canary')
    await stage.keeper.connect(id, 'acme', good)
    expect(await stage.keeper.status(id, 'acme')).toMatchObject({ status: 'active' })
    expect(await create(id)).toEqual({ name, version: 'v1' })
  })
})

describe('a connection by none', () => {
  it('is connected with {} and gets a lease like any other', async () => {
    const id = `open-${stage.run}`
    const refusal: unknown = await stage.keeper
      .connect(id, 'acme', { apiKey: KEY })
      .catch(keepError)
    expect(String(refusal)).toContain('the kind none takes nothing: give {}')
    await stage.keeper.connect(id, 'acme', {})
    expect(await stage.keeper.status(id, 'acme')).toMatchObject({ status: 'active', generation: 1 })
    expect(await create(id)).toEqual({ name: 'open', version: 'v1' })
    await stage.keeper.rotate(id, 'acme', {})
    expect(await create(id)).toEqual({ name: 'open', version: 'v1' })
  })
})

it('a definition that a new keeper brings holds for the next call, without a person', async () => {
  const ids = Object.keys(moved).map((name) => `${name}-${stage.run}`)
  const before = await Promise.all(ids.map((id) => stage.keeper.status(id, 'acme')))
  // A keeper that starts looks there for connections that know another definition.
  const told = before.map(({ definition = '' }) => `'definition:${definition}'`).join(', ')
  await until(
    () => stage.client.workflow.count(`TokenkeeperSetup IN (${told})`),
    ({ count }) => count >= ids.length,
  )
  await stage.worker.stop()
  stage.worker = await stage.startKeeper(
    Object.entries(moved).map(([name, { auth }]) => connectorOf(stage.run, name, auth, 'v2')),
  )
  for (const [index, name] of Object.keys(moved).entries()) {
    const { definition, generation, connection } = before[index] ?? {}
    const [id = ''] = connection?.split('/') ?? []
    expect(await create(id)).toEqual({ name, version: 'v2' })
    const after = await until(
      () => stage.keeper.status(id, 'acme'),
      (status) => status.definition !== definition,
    )
    expect(after).toMatchObject({ status: 'active', generation })
  }
})

it('no credential stands in a history, a log or an error', async () => {
  const canaries = new Map([KEY, 'canary-app', 'canary-wrong'].map((text) => [text, text]))
  for (const name of ['open', ...Object.keys(cases)]) {
    const workflowId = tokenWorkflowId({ connector: `${name}-${stage.run}`, account: 'acme' })
    const history = await stage.client.workflow.getHandle(workflowId).fetchHistory()
    expect(findLeaks(historyToJSON(history), canaries)).toEqual([])
  }
  expect(findLeaks(evidence(), canaries)).toEqual([])
})
