import { createHash } from 'node:crypto'
import { createFailure } from '../../src/contract/failure.js'
import type { SyncSliceInput } from '../../src/contract/sync.js'
import type { Endpoint } from '../../src/connectors/connector.js'
import { atPath } from '../http/at-path.js'
import { buildUrl } from '../http/build-url.js'
import type { UpstreamSession } from '../http/upstream-session.js'

const MAX_ANSWER_BYTES = 1024 * 1024

/** Hands records to a sink endpoint, batch by batch. */
export interface SinkWriter {
  write(records: readonly unknown[], signal: AbortSignal): Promise<void>
}

/**
 * A page may be written again (a token that dies in its middle, a worker that dies): so the endpoint
 * must be one whose repeat is harmless.
 * @throws ApplicationFailure `InvalidDefinition`
 */
export function createSinkWriter(
  session: UpstreamSession,
  endpoint: Endpoint,
  to: SyncSliceInput['to'],
  lineage: string,
): SinkWriter {
  const { connection } = session
  const { idempotency, batch, method } = endpoint
  const where = `${connection} ${to.endpoint}`
  const harmless = method === 'PUT' || method === 'DELETE' || idempotency?.id !== undefined
  if (!harmless)
    throw createFailure(
      'InvalidDefinition',
      `${where} can't be the sink of a sync: a page that is written twice would double its records. Declare idempotency: { header, id } on the endpoint, or use a PUT.`,
      { connection, endpoint: to.endpoint },
    )
  const size = Math.max(1, Math.floor(to.batchSize ?? batch?.size ?? 1))
  const url = buildUrl(session.resolved, to.endpoint, endpoint.path, to.input ?? {})

  return {
    write: async (records, signal) => {
      for (let start = 0; start < records.length; start += size) {
        const part = records.slice(start, start + size)
        const headers: Record<string, string> = { 'content-type': 'application/json' }
        if (idempotency?.id !== undefined)
          headers[idempotency.header.toLowerCase()] = batchKey(lineage, part, idempotency.id, where)
        await session.send(
          {
            endpoint: to.endpoint,
            method,
            url: new URL(url),
            headers,
            body: JSON.stringify(toBody(part, batch?.items, size)),
            repeatable: true,
            maxBytes: endpoint.maxBytes ?? MAX_ANSWER_BYTES,
            timeoutMs: endpoint.timeoutMs,
          },
          signal,
        )
      }
    },
  }
}

/** From the sync's lineage and the records' own ids: the same through restart, reset and replay. */
function batchKey(
  lineage: string,
  records: readonly unknown[],
  idPath: string,
  where: string,
): string {
  const ids = records.map((record) => {
    const id = atPath(record, idPath)
    if (typeof id === 'string' || typeof id === 'number') return id
    throw createFailure(
      'AnswerInvalid',
      `${where}: a record has no id at '${idPath}', so it can't be recognised when it comes again; mend idempotency.id.`,
    )
  })
  return createHash('sha256')
    .update(JSON.stringify([lineage, ids]))
    .digest('hex')
}

function toBody(records: readonly unknown[], items: string | undefined, size: number): unknown {
  if (items === undefined) return size === 1 ? records[0] : records
  const names = items.split('.').reverse()
  return names.reduce<unknown>((inner, name) => ({ [name]: inner }), records)
}
