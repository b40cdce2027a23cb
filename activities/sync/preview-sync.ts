import { Context } from '@temporalio/activity'
import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import { createFailure } from '../../src/contract/failure.js'
import type { FlowActivities } from '../../src/contract/flow-activities.js'
import { isLeaseLive } from '../../src/contract/lease.js'
import { isFunctionSink } from '../../src/contract/sync.js'
import type {
  PreviewSyncResult,
  ReadPreviewInput,
  SyncPreview,
} from '../../src/contract/sync-preview.js'
import { higherWatermark } from '../../src/contract/watermark.js'
import { createSealer, type Sealer } from '../../src/sealing/sealer.js'
import { openClaimed } from '../connection/open-session.js'
import { resolveConnection, resolveEndpoint } from '../connection/resolve-connection.js'
import type { UpstreamSession } from '../connection/upstream-session.js'
import type { Keeper } from '../keeper/keeper.js'
import { judgeReading } from './reading/probe-page.js'
import { reasonText, recordName } from './writing/outgoing-record.js'
import { PageReader } from './reading/page-reader.js'
import { createPreparation, type PreparedPage } from './writing/prepare-records.js'
import {
  createWritePreviewer,
  type WritePreviewer,
  type WriteTarget,
} from './writing/preview-writes.js'
import { needSink, needTransform } from '../keeper/sync-functions.js'

/** How many of the records that can't go through are named. */
const MAX_NAMED = 20

/**
 * Reads and prepares the first pages of a sync as the sync does, and seals what it would write for whoever
 * asks: records are no matter of a history. Nothing is sent to the sink.
 */
export function createPreviewSync(keeper: Keeper): FlowActivities['tokenkeeper.preview-sync'] {
  return async (input) => {
    const { lease, toLease, from } = input
    const now = keeper.serverNow()()
    // A retried attempt comes with its old leases.
    if (!isLeaseLive(lease, now) || (toLease !== undefined && !isLeaseLive(toLease, now)))
      return { outcome: 'unknown', why: 'there was no time to read the first page' }
    try {
      return await previewSync(keeper, input)
    } catch (error) {
      const judged = judgeReading(error, from.connection)
      return judged.outcome === 'unknown' ? judged : { ...judged, outcome: 'refused' }
    }
  }
}

async function previewSync(keeper: Keeper, input: ReadPreviewInput): Promise<PreviewSyncResult> {
  const { cancellationSignal: signal } = Context.current()
  const { from, lease, transform, watermarkField, since } = input
  const sealer = readPublicKey(input.publicKey)
  const source = resolveConnection(keeper.connectors, from.connection)
  const endpoint = resolveEndpoint(source, from.endpoint)
  const session = await openClaimed(keeper, source, lease, signal)
  const { target, sinkSession } = await findTarget(keeper, input, signal)
  const sessions = [session, sinkSession].filter((one) => one !== undefined)
  const writer = await createWritePreviewer(target, sessions)
  const prepare = createPreparation({
    endpoint,
    where: { connection: session.connection, endpoint: from.endpoint },
    failures: session.failures,
    transform:
      transform === undefined
        ? undefined
        : { name: transform, change: needTransform(keeper.functions, transform) },
    watermarkField,
    sinkId: writer.idPath,
  })
  const reader = await PageReader.open(session, endpoint, from, {})
  const preview = new PreviewedPages(writer)
  let next: string | undefined
  do {
    const prepared = await prepare(await reader.read(next, signal))
    await preview.add(prepared)
    ;({ next } = prepared.page)
  } while (next !== undefined && preview.pages < input.pages)
  const shown = { ...preview.shown(), since, hasMore: next !== undefined }
  const connection = nameOf(from.connection)
  const sealed = await sealer.seal(JSON.stringify(shown), { connection, purpose: 'preview' })
  return { outcome: 'previewed', sealed }
}

function readPublicKey(text: string): Sealer {
  try {
    return createSealer(text)
  } catch {
    throw createFailure('InvalidInput', 'The public key that a preview is sealed for is none.')
  }
}

/** Of a connection that is resolved already. */
function nameOf(connection: string): string {
  const ref = parseConnection(connection)
  return ref === undefined ? connection : formatConnection(ref)
}

async function findTarget(
  keeper: Keeper,
  { to, toLease }: ReadPreviewInput,
  signal: AbortSignal,
): Promise<{ readonly target: WriteTarget; readonly sinkSession?: UpstreamSession | undefined }> {
  if (isFunctionSink(to)) {
    needSink(keeper.functions, to.sink)
    return { target: { kind: 'function', to } }
  }
  const resolved = resolveConnection(keeper.connectors, to.connection)
  const endpoint = resolveEndpoint(resolved, to.endpoint)
  if (toLease === undefined)
    throw createFailure('InvalidInput', `There is no lease for ${resolved.name}.`, {
      connection: resolved.name,
    })
  // Parts of the connection may stand in its URLs.
  const sinkSession = await openClaimed(keeper, resolved, toLease, signal)
  const requests = { connection: sinkSession.connection, resolved: sinkSession.resolved }
  return { target: { kind: 'endpoint', to, endpoint, ...requests }, sinkSession }
}

/** What the pages so far come to. */
class PreviewedPages {
  readonly #writer: WritePreviewer
  readonly #bad: SyncPreview['bad'][number][] = []
  #totals: Omit<SyncPreview, 'writes' | 'writesInAll' | 'bad' | 'hasMore'> = {
    pages: 0,
    read: 0,
    ready: 0,
    warnings: [],
  }

  constructor(writer: WritePreviewer) {
    this.#writer = writer
  }

  get pages(): number {
    return this.#totals.pages
  }

  async add({ page, good, bad, watermark }: PreparedPage): Promise<void> {
    const { pages, read, ready, warnings } = this.#totals
    const more = (page.warnings ?? []).filter((text) => !warnings.includes(text))
    this.#totals = {
      pages: pages + 1,
      read: read + page.records.length,
      ready: ready + good.length,
      total: page.total ?? this.#totals.total,
      watermark: higherWatermark(this.#totals.watermark, watermark),
      warnings: [...warnings, ...more],
    }
    for (const record of bad.slice(0, MAX_NAMED - this.#bad.length))
      this.#bad.push({ id: recordName(record, pages + 1), reason: reasonText(record.reason) })
    await this.#writer.add(good)
  }

  shown(): Omit<SyncPreview, 'hasMore'> {
    return { ...this.#totals, bad: this.#bad, ...this.#writer.shown() }
  }
}
