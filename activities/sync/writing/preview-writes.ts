import { ApplicationFailure } from '@temporalio/common'
import type { Endpoint } from '../../../src/connectors/connector.js'
import { failureCode } from '../../../src/contract/failure.js'
import type { SyncEndpointSink, SyncFunctionSink } from '../../../src/contract/sync.js'
import type { PreviewedWrite, SyncPreview } from '../../../src/contract/sync-preview.js'
import { writeJson } from '../../../src/wire/json.js'
import type { UpstreamRequest } from '../../connection/upstream-request.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { type BatchRequests, createBatchRequests } from './batch-request.js'
import { functionBatchSize } from './function-sink.js'
import type { OutgoingRecord } from './outgoing-record.js'

/** Where the records would go. */
export type WriteTarget =
  | { readonly kind: 'function'; readonly to: SyncFunctionSink }
  | ({
      readonly kind: 'endpoint'
      readonly to: SyncEndpointSink
      readonly endpoint: Endpoint
    } & Pick<UpstreamSession, 'connection' | 'resolved'>)

/** Puts records into the writes that a sync would make of them, and makes none. */
export interface WritePreviewer {
  /** Path of the id in what the sink takes. */
  readonly idPath?: string | undefined
  /** @param records of one page: a write never holds those of two */
  readonly add: (records: readonly OutgoingRecord[]) => Promise<void>
  readonly shown: () => Pick<SyncPreview, 'writes' | 'writesInAll'>
}

/** How many writes are shown, and how much of their bodies, in characters. */
const MAX_WRITES = 10
const MAX_BODY = 16_000
const MAX_BODIES = 64_000
/** No run has begun, whose lineage the keys are made of. */
const KEY_TEXT = '(made for the run)'

/**
 * @param sessions whose credentials must not be shown, wherever they stand
 * @throws ApplicationFailure `InvalidInput`
 */
export async function createWritePreviewer(
  target: WriteTarget,
  sessions: readonly Pick<UpstreamSession, 'connection' | 'guard'>[],
): Promise<WritePreviewer> {
  const requests =
    target.kind === 'endpoint'
      ? await createBatchRequests(target, target.endpoint, target.to, 'preview')
      : undefined
  const size =
    target.kind === 'function' ? functionBatchSize(target.to) : needRequests(requests).size
  const writes: PreviewedWrite[] = []
  let writesInAll = 0
  let room = MAX_BODIES

  const withBody = (write: PreviewedWrite, body: string): PreviewedWrite => {
    const holder = sessions.find(({ guard }) => guard.isIn(body))
    if (holder !== undefined)
      return { ...write, note: `the body holds the credential of ${holder.connection}` }
    const shown = body.slice(0, Math.min(MAX_BODY, room))
    room -= shown.length
    return { ...write, body: shown, isCut: shown.length < body.length ? true : undefined }
  }
  const toWrite = async (records: readonly OutgoingRecord[]): Promise<PreviewedWrite> => {
    const count = { records: records.length }
    const values = records.map(({ value }) => value)
    if (target.kind === 'function')
      return withBody({ ...count, sink: target.to.sink }, writeJson(values))
    try {
      const request = await needRequests(requests).toRequest(values, 0)
      return withBody(
        { ...count, request: toShown(request, target.endpoint, sessions) },
        request.body ?? '',
      )
    } catch (error) {
      // Made of the records: the message names paths only.
      if (failureCode(error) !== 'InvalidInput' || !(error instanceof ApplicationFailure))
        throw error
      return { ...count, note: error.message }
    }
  }
  return {
    idPath:
      target.kind === 'endpoint'
        ? (target.endpoint.idempotency?.id ?? target.endpoint.lookup?.key)
        : undefined,
    add: async (records) => {
      for (let at = 0; at < records.length; at += size) {
        writesInAll += 1
        if (writes.length < MAX_WRITES) writes.push(await toWrite(records.slice(at, at + size)))
      }
    },
    shown: () => ({ writes, writesInAll }),
  }
}

function needRequests(requests: BatchRequests | undefined): BatchRequests {
  if (requests === undefined) throw new TypeError('an endpoint without its requests')
  return requests
}

function toShown(
  { method, url, headers = {} }: UpstreamRequest,
  { idempotency }: Endpoint,
  sessions: readonly Pick<UpstreamSession, 'guard'>[],
): NonNullable<PreviewedWrite['request']> {
  const keyHeader = idempotency?.header.toLowerCase()
  const clean = sessions.reduce((one, { guard }) => guard.withoutCredential(one), url)
  return {
    method,
    url: clean.href,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        name.toLowerCase() === keyHeader ? KEY_TEXT : value,
      ]),
    ),
  }
}
