import { createHash } from 'node:crypto'
import type { Endpoint } from '../../src/connectors/connector.js'
import { createFailure } from '../../src/contract/failure.js'
import type { SyncEndpointSink } from '../../src/contract/sync.js'
import { isRepeatable, toCallRequest } from '../call/call-request.js'
import { atPath } from '../../src/definition/at-path.js'
import { pathParameters } from '../http/build-url.js'
import type { UpstreamRequest } from '../http/upstream-request.js'
import type { UpstreamSession } from '../http/upstream-session.js'

const MAX_ANSWER_BYTES = 1024 * 1024

/** Makes the request that hands some records to a sink endpoint. */
export interface BatchRequests {
  /** Records a request. */
  readonly size: number
  /** Handing the same records over again does no harm. */
  readonly repeatable: boolean
  readonly toRequest: (records: readonly unknown[]) => Promise<UpstreamRequest>
}

/** @throws ApplicationFailure `InvalidInput` */
export function createBatchRequests(
  session: UpstreamSession,
  endpoint: Endpoint,
  to: SyncEndpointSink,
  lineage: string,
): BatchRequests {
  const { connection, resolved } = session
  const { idempotency, batch, method } = endpoint
  const declared = batch?.size ?? 1
  const where = { connection, endpoint: to.endpoint }
  const asked = to.batchSize ?? declared
  if (method === 'GET')
    throw createFailure('InvalidInput', `${connection} ${to.endpoint} is a GET: no sink.`, where)
  if (!Number.isInteger(asked) || asked < 1 || asked > declared)
    throw createFailure(
      'InvalidInput',
      `to.batchSize must be a whole number from 1 to ${String(declared)}, which is what ${connection} ${to.endpoint} declares as batch.size.`,
      where,
    )
  const inPath = pathParameters(endpoint.path)
  return {
    size: asked,
    repeatable: isRepeatable(endpoint) || idempotency !== undefined,
    toRequest: async (records) => {
      const single = declared === 1 && batch?.items === undefined
      const body = toBody(records, batch?.items, single)
      const idempotencyKey =
        idempotency === undefined ? '' : batchKey(lineage, records, idempotency.id, where)
      const request = await toCallRequest(resolved, endpoint, {
        endpoint: to.endpoint,
        input: { ...(single ? pick(records[0], inPath) : {}), ...to.input, body },
        idempotencyKey,
      })
      return { ...request, maxBytes: endpoint.maxBytes ?? MAX_ANSWER_BYTES }
    },
  }
}

/** From the sync's lineage and the records' own ids: the same through restart, reset and replay. */
function batchKey(
  lineage: string,
  records: readonly unknown[],
  idPath: string | undefined,
  where: { readonly connection: string; readonly endpoint: string },
): string {
  const ids = idPath === undefined ? records : records.map((record) => idOf(record, idPath, where))
  return createHash('sha256')
    .update(JSON.stringify([lineage, ids]))
    .digest('hex')
}

function idOf(
  record: unknown,
  idPath: string,
  where: { readonly connection: string; readonly endpoint: string },
): string | number {
  const id = atPath(record, idPath)
  if (typeof id === 'number' || (typeof id === 'string' && id !== '')) return id
  throw createFailure(
    'AnswerInvalid',
    `A record for ${where.connection} ${where.endpoint} has no id at '${idPath}', so it could not be recognised if it came again; mend idempotency.id.`,
    where,
  )
}

function toBody(records: readonly unknown[], items: string | undefined, single: boolean): unknown {
  if (items === undefined) return single ? records[0] : records
  const names = items.split('.').reverse()
  return names.reduce<unknown>((inner, name) => ({ [name]: inner }), records)
}

function pick(record: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, atPath(record, name)]))
}
