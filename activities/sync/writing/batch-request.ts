import type { Endpoint } from '../../../src/connectors/connector.js'
import { createFailure } from '../../../src/contract/failure.js'
import type { SyncEndpointSink } from '../../../src/contract/sync.js'
import { atPath, memberNames } from '../../../src/definition/at-path.js'
import { templateNames } from '../../../src/definition/template.js'
import { toCallRequest, whenUnknown } from '../../call/call-request.js'
import { writeJson } from '../../../src/wire/json.js'
import type { UpstreamRequest } from '../../connection/upstream-request.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { batchKey, recordKey } from './outgoing-record.js'

const MAX_ANSWER_BYTES = 1024 * 1024

/** Makes the request that hands some records to a sink endpoint. */
export interface BatchRequests {
  /** Records a request. */
  readonly size: number
  readonly toRequest: (records: readonly unknown[], tries: number) => Promise<UpstreamRequest>
}

/** @throws ApplicationFailure `InvalidInput` */
export async function createBatchRequests(
  session: Pick<UpstreamSession, 'connection' | 'resolved'>,
  endpoint: Endpoint,
  to: SyncEndpointSink,
  lineage: string,
): Promise<BatchRequests> {
  const { connection, resolved } = session
  const { idempotency, batch, method, paginate } = endpoint
  const declared = batch?.size ?? 1
  const where = { connection, endpoint: to.endpoint }
  const asked = to.batchSize ?? declared
  if (method === 'GET' || paginate !== undefined)
    throw createFailure(
      'InvalidInput',
      `${connection} ${to.endpoint} is a ${method === 'GET' ? 'GET' : 'POST with paginate, which only reads'}: no sink.`,
      where,
    )
  if (!Number.isInteger(asked) || asked < 1 || asked > declared)
    throw createFailure(
      'InvalidInput',
      `to.batchSize must be a whole number from 1 to ${declared}, which is what ${connection} ${to.endpoint} declares as batch.size.`,
      where,
    )
  const inPath = templateNames(endpoint.path)
  // The input that is the same for each request is checked once, before any record is read.
  const { body: _ofRecords, ...bare } = endpoint
  const placeholders = Object.fromEntries(inPath.map((name) => [name, 'x']))
  const input = { ...placeholders, ...to.input }
  const checked = await toCallRequest(resolved, bare, {
    endpoint: to.endpoint,
    input,
    idempotencyKey: '',
  })
  const single = declared === 1 && batch?.items === undefined
  const keyOf = (records: readonly unknown[], tries: number): string => {
    if (idempotency === undefined) return ''
    const { id } = idempotency
    const names =
      id === undefined
        ? records
        : records.map((record) => recordKey(record, id, 'idempotency.id', where))
    return batchKey(lineage, names, tries)
  }
  const always = {
    // What is looked up before it is repeated must not be broken off half-way.
    repeatable: whenUnknown(endpoint) === 'repeat',
    maxBytes: endpoint.maxBytes ?? MAX_ANSWER_BYTES,
  }
  /** Where nothing but the body and the key comes from the records, the rest is made once. */
  const isSame =
    inPath.length === 0 && endpoint.body === undefined && to.input?.['body'] === undefined
  const keyHeader = idempotency?.header.toLowerCase()
  const { [keyHeader ?? '']: _key, ...headersOfAll } = checked.headers ?? {}
  const contentType = endpoint.contentType ?? 'application/json'
  const again = (records: readonly unknown[], tries: number): UpstreamRequest | undefined => {
    const body = isSame ? textOf(toBody(records, batch?.items, single)) : undefined
    if (body === undefined) return undefined
    const headers =
      keyHeader === undefined
        ? { 'content-type': contentType, ...headersOfAll }
        : { 'content-type': contentType, [keyHeader]: keyOf(records, tries), ...headersOfAll }
    // A URL of its own: a kind of authentication may write into it.
    return { ...checked, url: new URL(checked.url), headers, body, ...always }
  }
  return {
    size: asked,
    toRequest: async (records, tries) => {
      const same = again(records, tries)
      if (same !== undefined) return same
      const body = toBody(records, batch?.items, single)
      const request = await toCallRequest(resolved, endpoint, {
        endpoint: to.endpoint,
        input: { ...(single && pick(records[0], inPath)), ...to.input, body },
        idempotencyKey: keyOf(records, tries),
      })
      return { ...request, ...always }
    },
  }
}

/** Undefined for what JSON can't say: the slower way tells why. */
function textOf(body: unknown): string | undefined {
  try {
    return body === undefined ? undefined : writeJson(body)
  } catch {
    return undefined
  }
}

function toBody(records: readonly unknown[], items: string | undefined, single: boolean): unknown {
  if (items === undefined) return single ? records[0] : records
  return memberNames(items).reduceRight<unknown>((inner, name) => ({ [name]: inner }), records)
}

function pick(record: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, atPath(record, name)]))
}
