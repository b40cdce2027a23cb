import { fileURLToPath } from 'node:url'
import { randomBytes } from 'node:crypto'
import { context, propagation, type Span, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { Client } from '@temporalio/client'
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenkeeperClient } from '../../src/client/tokenkeeper-client.js'
import { apiKey, defineConnector, get } from '../../src/connectors/index.js'
import { LOG_EVENTS, STORY_LEVELS } from '../../src/contract/log-events.js'
import { SPANS, type SpanName } from '../../src/contract/spans.js'
import { sharedModulesPath, tolerantConverterPath } from '../../src/worker/workflow-files.js'
import { fetchRefreshToken } from '../fixtures/fetch-refresh-token.js'
import { type LoopbackServer, startLoopbackServer } from '../fixtures/loopback-server.js'
import { evidence, findLeaks } from '../integration/evidence.js'
import { asToken, type Stage, startStage } from '../integration/stage.js'
import { until } from '../integration/until.js'
import type { CallInput } from '../integration/workflows.js'

const exporter = new InMemorySpanExporter()
const spanProcessor = new SimpleSpanProcessor(exporter)
const provider = new NodeTracerProvider({ spanProcessors: [spanProcessor] })
const KEY = `canary-${randomBytes(12).toString('hex')}`

let stage: Stage
let upstream: LoopbackServer
let keeper: TokenkeeperClient
let client: Client
let ids: { readonly ours: string; readonly theirs: string }
/** The header of each request, by path. */
const traceparents = new Map<string, string | undefined>()

beforeAll(async () => {
  // What NodeTracerProvider does for a user: the propagator and the context manager, too.
  provider.register()
  upstream = await startLoopbackServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream')
    traceparents.set(pathname, request.headers['traceparent'] as string | undefined)
    const isKnown = searchParams.get('api_key') === KEY
    response.writeHead(pathname.endsWith('/missing') ? 404 : isKnown ? 200 : 401).end('{}')
  })
  const plugin = new OpenTelemetryPlugin({
    resource: resourceFromAttributes({ 'service.name': 'keeper' }),
    spanProcessor,
  })
  stage = await startStage({
    orders: { moved: 20 },
    connectors: ({ run }) =>
      ['ours', 'theirs'].map((name) =>
        defineConnector({
          id: `${name}-${run}`,
          baseUrl: `${upstream.origin}/${name}`,
          auth: apiKey({ in: 'query', name: 'api_key' }),
          limits: { budget: { requests: 1, perMs: 200, burst: 1 } },
          endpoints: { things: get('/things'), missing: get('/missing') },
        }),
      ),
    keeper: ({ run }) => ({
      plugins: [plugin],
      tracing: { tracer: trace.getTracer('tokenkeeper'), propagateTo: [`ours-${run}`] },
    }),
    bundle: () =>
      bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('../integration/workflows.ts', import.meta.url)),
        payloadConverterPath: tolerantConverterPath(),
        preloadModules: [sharedModulesPath()],
        workflowInterceptorModules: [
          fileURLToPath(
            import.meta
              .resolve('@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors'),
          ),
        ],
        logger: new DefaultLogger('WARN'),
      }),
  })
  stage.canaries.push(['key in a query', KEY])
  ids = { ours: `ours-${stage.run}`, theirs: `theirs-${stage.run}` }
  client = new Client({ connection: stage.client.connection, plugins: [plugin] })
  const { taskQueue, publicKey } = stage
  keeper = new TokenkeeperClient({ client, taskQueue, publicKey })
})
afterAll(async () => {
  await stage.end()
  await upstream.stop()
  await provider.shutdown()
  trace.disable()
  propagation.disable()
  context.disable()
})

/** Does something in a span of the user's own, and gives the spans of its trace once it has so many of a name. */
async function traced(
  work: () => Promise<unknown>,
  wanted: Partial<Record<string, number>>,
): Promise<Trace> {
  const root = await trace.getTracer('test').startActiveSpan('order', async (span: Span) => {
    await work().catch(() => undefined)
    span.end()
    return span.spanContext()
  })
  const find = (): Trace =>
    new Trace(
      exporter.getFinishedSpans().filter((one) => one.spanContext().traceId === root.traceId),
    )
  return await until(find, (found) =>
    Object.entries(wanted).every(([name, count = 0]) => found.named(name).length >= count),
  )
}

class Trace {
  constructor(readonly spans: readonly ReadableSpan[]) {}

  named(name: string): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  /** The names from a span up to the root. */
  path(name: string): readonly string[] {
    const names: string[] = []
    let at = this.named(name)[0]
    while (at !== undefined) {
      names.push(at.name)
      const parentId = at.parentSpanContext?.spanId
      at = this.spans.find((span) => span.spanContext().spanId === parentId)
    }
    return names
  }
}

async function call(connector: string, endpoint: string): Promise<unknown> {
  const input: CallInput = { connector, account: 'default', endpoint, taskQueue: stage.taskQueue }
  return await client.workflow.execute('callOnce', {
    taskQueue: stage.taskQueue,
    workflowId: `call-${connector}-${endpoint}`,
    args: [input],
  })
}

describe('one trace', () => {
  it('of a connection leads from the client to the token request', async () => {
    const { refreshToken } = await fetchRefreshToken(stage.server)
    stage.canaries.push(['refresh token', refreshToken])
    const connection = `${stage.shopId}/acme`
    const found = await traced(() => keeper.connect(stage.shopId, 'acme', { refreshToken }), {
      'tokenkeeper.token.exchange': 2,
      'RunActivity:tokenkeeper.mint': 1,
    })
    const [request] = found.named('tokenkeeper.token.request')
    expect(request?.attributes).toEqual({
      'tokenkeeper.connection': connection,
      'tokenkeeper.generation': 0,
      'tokenkeeper.cause': 'connect',
      'tokenkeeper.attempt': 1,
      'tokenkeeper.outcome': 'minted',
    })
    const path = found.path('tokenkeeper.token.exchange')
    // The run of the token workflow is above them. Its own span comes when the run ends.
    expect(path).toEqual([
      'tokenkeeper.token.exchange',
      'tokenkeeper.token.request',
      'RunActivity:tokenkeeper.mint',
      'StartActivity:tokenkeeper.mint',
    ])
    const [exchange] = found.named('tokenkeeper.token.exchange')
    expect(exchange?.attributes).toMatchObject({
      'tokenkeeper.connection': connection,
      'http.request.method': 'POST',
      'http.response.status_code': 200,
    })
  })

  it('of a call leads from the client to the upstream, which is told of it where that is wanted', async () => {
    await keeper.connect(ids.ours, 'default', { apiKey: KEY })
    const found = await traced(() => call(ids.ours, 'things'), {
      'tokenkeeper.upstream.request': 1,
      'RunWorkflow:callOnce': 1,
    })
    const activity = ['RunActivity:tokenkeeper.call', 'StartActivity:tokenkeeper.call']
    const flow = ['RunWorkflow:callOnce', 'StartWorkflow:callOnce', 'order']
    for (const name of [
      'tokenkeeper.lease.wait',
      'tokenkeeper.lease.open',
      'tokenkeeper.upstream.request',
    ])
      expect(found.path(name)).toEqual([name, ...activity, ...flow])
    const about = { 'tokenkeeper.connection': `${ids.ours}/default`, 'tokenkeeper.generation': 1 }
    expect(found.named('tokenkeeper.lease.wait')[0]?.attributes).toMatchObject(about)
    expect(found.named('tokenkeeper.lease.open')[0]?.attributes).toEqual(about)
    const [request] = found.named('tokenkeeper.upstream.request')
    expect(request?.attributes).toEqual({
      ...about,
      'tokenkeeper.endpoint': 'things',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
    })
    const { traceId, spanId } = request?.spanContext() ?? {}
    expect(traceparents.get('/ours/things')).toBe(`00-${String(traceId)}-${String(spanId)}-01`)
  })

  it('of a call that fails says what came, and the upstream of others hears of no trace', async () => {
    await keeper.connect(ids.theirs, 'default', { apiKey: KEY })
    const found = await traced(() => call(ids.theirs, 'missing'), {
      'tokenkeeper.upstream.request': 1,
      'RunWorkflow:callOnce': 1,
    })
    const [request] = found.named('tokenkeeper.upstream.request')
    expect(request?.status).toEqual({ code: 2 })
    expect(request?.events).toEqual([])
    expect(request?.attributes).toMatchObject({
      'http.response.status_code': 404,
      'error.type': '404',
    })
    expect(traceparents.has('/theirs/missing')).toBe(true)
    expect(traceparents.get('/theirs/missing')).toBeUndefined()
  })

  it('of a sync has its slices and pages', async () => {
    await stage.connectErp()
    const { shopId, erpId, taskQueue, run } = stage
    const input = {
      from: {
        connection: `${shopId}/acme`,
        endpoint: 'orders.list',
        input: { flow: 'moved', limit: 10 },
      },
      to: { connection: erpId, endpoint: 'orders.upsert' },
      keeperTaskQueue: taskQueue,
    }
    const workflowId = `sync-${run}-moved`
    const found = await traced(
      () => client.workflow.execute('syncFlow', { taskQueue, workflowId, args: [input] }),
      { 'tokenkeeper.sync.slice': 1, 'tokenkeeper.sync.write': 2, 'RunWorkflow:syncFlow': 1 },
    )
    expect(found.path('tokenkeeper.sync.slice')).toEqual([
      'tokenkeeper.sync.slice',
      'RunActivity:tokenkeeper.sync',
      'StartActivity:tokenkeeper.sync',
      'RunWorkflow:syncFlow',
      'StartWorkflow:syncFlow',
      'order',
    ])
    expect(found.path('tokenkeeper.sync.write')[1]).toBe('tokenkeeper.sync.slice')
    const source = {
      'tokenkeeper.connection': `${shopId}/acme`,
      'tokenkeeper.endpoint': 'orders.list',
    }
    const slices = found.named('tokenkeeper.sync.slice')
    expect(slices.at(-1)?.attributes).toEqual({
      ...source,
      'tokenkeeper.outcome': 'done',
      'tokenkeeper.pages': 2,
      'tokenkeeper.records': 20,
    })
    const pages = found.named('tokenkeeper.sync.write').map(({ attributes }) => attributes)
    for (const page of [1, 2])
      expect(pages).toContainEqual({
        ...source,
        'tokenkeeper.page': page,
        'tokenkeeper.records': 10,
      })
    // Each request has the page that it is for above it, but the check of the beginning.
    const requests = found.named('tokenkeeper.upstream.request')
    const spanIds = (name: string): readonly string[] =>
      found.named(name).map((span) => span.spanContext().spanId)
    const above = (name: string): number =>
      requests.filter((span) => spanIds(name).includes(span.parentSpanContext?.spanId ?? '')).length
    expect(above('tokenkeeper.sync.read')).toBeGreaterThanOrEqual(2)
    expect(above('tokenkeeper.sync.write')).toBeGreaterThanOrEqual(2)
  })
})

describe('lines of the log', () => {
  it('have an event of the table', async () => {
    // The runtime hands lines on in batches.
    await until(evidence, (text) => text.includes('"event":"sync_done"'))
    const lines = evidence()
      .split('\n')
      .filter((line) => /^\w+ tokenkeeper: /.test(line))
    const known = new Set([...Object.keys(LOG_EVENTS), ...Object.keys(STORY_LEVELS)])
    const events = lines.map((line) => /"event":"(\w+)"/.exec(line)?.[1] ?? line)
    expect(events).toEqual(expect.arrayContaining(['connected', 'status']))
    expect(events.filter((event) => !known.has(event))).toEqual([])
  })
})

describe('spans', () => {
  it('are those of the table, with its attributes and no secret', () => {
    const spans = exporter.getFinishedSpans()
    const ours = spans.filter(({ name }) => name.startsWith('tokenkeeper.'))
    expect(new Set(ours.map(({ name }) => name))).toEqual(new Set(Object.keys(SPANS)))
    for (const { name, attributes, kind } of ours) {
      const { attributes: known, kind: defined } = SPANS[name as SpanName]
      // What the interceptors' sink adds to spans of workflows is Temporal's own.
      const own = Object.keys(attributes).filter((key) =>
        /^(tokenkeeper|http|server|error)/.test(key),
      )
      for (const key of own) expect(known, name).toContain(key)
      expect(kind, name).toBe(defined === 'client' ? 2 : 0)
    }
    const told = JSON.stringify(spans, (key, value: unknown) =>
      key.startsWith('_') || key === 'resource' ? undefined : value,
    )
    expect(findLeaks(told, [...stage.canaries, ...stage.server.issued.map(asToken)])).toEqual([])
    expect(told).not.toContain('api_key')
  })
})
