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
  /**
   * As {@link toRequest}, at once; undefined where it takes longer.
   * @param list the JSON text of the records, where it is at hand
   */
  readonly readyRequest: (
    records: readonly unknown[],
    tries: number,
    list?: string,
  ) => UpstreamRequest | undefined
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
  // What is looked up before it is repeated must not be broken off half-way.
  const repeatable = whenUnknown(endpoint) === 'repeat'
  const most = endpoint.maxBytes ?? MAX_ANSWER_BYTES
  /** Where nothing but the body and the key comes from the records, the rest is made once. */
  const isSame =
    inPath.length === 0 && endpoint.body === undefined && to.input?.['body'] === undefined
  const keyHeader = idempotency?.header.toLowerCase()
  const { [keyHeader ?? '']: _key, ...headersOfAll } = checked.headers ?? {}
  const contentType = endpoint.contentType ?? 'application/json'
  const readyRequest = (
    records: readonly unknown[],
    tries: number,
    list?: string,
  ): UpstreamRequest | undefined => {
    if (!isSame) return undefined
    const body =
      list === undefined || single
        ? textOf(toBody(records, batch?.items, single))
        : around(list, batch?.items)
    if (body === undefined) return undefined
    const headers =
      keyHeader === undefined
        ? { 'content-type': contentType, ...headersOfAll }
        : { 'content-type': contentType, [keyHeader]: keyOf(records, tries), ...headersOfAll }
    // Kinds of authentication change a copy of the URL.
    const { method, url, timeoutMs } = checked
    const name = to.endpoint
    // Written out: to spread one object into another takes longer than all the rest.
    return { endpoint: name, method, url, headers, body, repeatable, maxBytes: most, timeoutMs }
  }
  return {
    size: asked,
    readyRequest,
    toRequest: async (records, tries) => {
      const body = toBody(records, batch?.items, single)
      const request = await toCallRequest(resolved, endpoint, {
        endpoint: to.endpoint,
        input: { ...(single && pick(records[0], inPath)), ...to.input, body },
        idempotencyKey: keyOf(records, tries),
      })
      return { ...request, repeatable, maxBytes: most }
    },
  }
}

/** The text of a body with a list in it. */
function around(list: string, items: string | undefined): string {
  if (items === undefined) return list
  const names = memberNames(items)
  const before = names.map((name) => `{${JSON.stringify(name)}:`).join('')
  return `${before}${list}${'}'.repeat(names.length)}`
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
