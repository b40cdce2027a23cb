import { expect } from 'vitest'
import { openSession } from '../../../activities/connection/open-session.js'
import { resolveConnection } from '../../../activities/connection/resolve-connection.js'
import type { UpstreamSession } from '../../../activities/connection/upstream-session.js'
import { PageReader } from '../../../activities/sync/reading/page-reader.js'
import {
  apiKey,
  type Connector,
  defineConnector,
  type Endpoint,
} from '../../../src/connectors/index.js'
import type { SyncCheckpoint } from '../../../src/contract/sync.js'
import {
  type ActivityBench,
  CANARY,
  createActivityBench,
  environment,
  failureOf,
  startUpstream,
  type Upstream,
} from '../activity-bench.js'
import type { Answer } from './sync-stage.js'

type FailureText = Awaited<ReturnType<typeof failureOf>>

/** What came of reading an endpoint to its end. */
export interface ReadWhole {
  readonly ids: readonly unknown[]
  readonly pages: number
  readonly cursors: readonly string[]
  readonly warnings: readonly string[]
  readonly failure?: FailureText
}

export interface ReadOptions {
  readonly input?: Readonly<Record<string, unknown>>
  /** Of the connector, beside `baseUrl`. */
  readonly more?: Partial<Connector>
  /** Below the origin. */
  readonly context?: string
  readonly from?: SyncCheckpoint
  /** A reader of its own for each page, as slices of one page have. */
  readonly sliced?: boolean
}

const ENDLESS = 60

/** The real page reader and session, over HTTP to an upstream on loopback that answers as a test says. */
export class ReadingStage {
  answer: Answer = (_seen, _request, response) => void response.end('[]')

  private constructor(
    readonly upstream: Upstream,
    readonly bench: ActivityBench,
  ) {}

  static async start(): Promise<ReadingStage> {
    const running: { stage?: ReadingStage } = {}
    const upstream = await startUpstream((...all) => running.stage?.answer(...all))
    running.stage = new ReadingStage(upstream, await createActivityBench([]))
    return running.stage
  }

  async stop(): Promise<void> {
    await this.upstream.stop()
  }

  async session(
    { more, context = '' }: ReadOptions = {},
    endpoint?: Endpoint,
  ): Promise<UpstreamSession> {
    const connector = defineConnector({
      id: 'shop',
      baseUrl: `${this.upstream.origin}${context}`,
      auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
      endpoints: endpoint === undefined ? {} : { list: endpoint },
      ...more,
    })
    const resolved = resolveConnection(new Map([['shop', connector]]), 'shop/default')
    const lease = await this.bench.lease('shop/default')
    return await openSession(this.bench.keeper, resolved, lease, new AbortController().signal)
  }

  /** Reads all pages of an endpoint, each once. */
  async read(endpoint: Endpoint, answer: Answer, options: ReadOptions = {}): Promise<ReadWhole> {
    return await environment().run(async () => await this.#read(endpoint, answer, options))
  }

  async #read(endpoint: Endpoint, answer: Answer, options: ReadOptions): Promise<ReadWhole> {
    this.answer = answer
    this.upstream.seen.length = 0
    const session = await this.session(options, endpoint)
    const from = { connection: 'shop/default', endpoint: 'list', input: options.input ?? {} }
    const ids: unknown[] = []
    const cursors: string[] = []
    const warnings: string[] = []
    let pages = 0
    let place: Partial<SyncCheckpoint> = options.from ?? {}
    try {
      const { readAhead } = endpoint
      const open = () => PageReader.open(session, endpoint, from, place, readAhead)
      let reader = await open()
      let next = place.cursor
      do {
        if (options.sliced === true) reader = await open()
        const page = await reader.read(next, new AbortController().signal)
        pages += 1
        ids.push(...page.records.map(idOf))
        warnings.push(...(page.warnings ?? []))
        ;({ next } = page)
        if (next !== undefined) cursors.push(next)
        const { cycleGuard, total } = page
        place = {
          counters: { pages, read: ids.length, written: ids.length },
          cycleGuard,
          total,
        }
      } while (next !== undefined && pages < ENDLESS)
      expect(pages, 'it ends').toBeLessThan(ENDLESS)
      expect(JSON.stringify([cursors, warnings])).not.toContain(CANARY)
      return { ids, pages, cursors, warnings }
    } catch (error) {
      const failure = await failureOf(
        Promise.reject(error instanceof Error ? error : new Error('x')),
      )
      expect(failure.text).not.toContain(CANARY)
      return { ids, pages, cursors, warnings, failure }
    }
  }

  /** What was asked for, as path and query. */
  get asked(): readonly string[] {
    return this.upstream.seen.map(({ path }) => path)
  }
}

function idOf(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'id' in record ? record.id : record
}
