import { formatConnection, parseConnection } from './connection-ref.js'
import { MAX_ID_BYTES } from './outside-values.js'
import { isFunctionSink, type SyncInput } from './sync.js'

/**
 * One workflow id for all starts of the same work, so that a second start while the first one runs is
 * refused by Temporal (`WorkflowExecutionAlreadyStartedError`), or joins it with
 * `workflowIdConflictPolicy: 'USE_EXISTING'`: `sync:shopify:acme:orders.list:to:erp:default:orders.upsert`.
 * It needs no quoting in a shell and no encoding in a URL; other characters become `~` and two hex digits
 * for each of their bytes in UTF-8.
 * @throws TypeError for one that is longer than Temporal takes
 * @param name tells syncs between the same endpoints apart, such as those of different `input`
 */
export function syncWorkflowId(
  { from, to }: Pick<SyncInput, 'from' | 'to'>,
  name?: string,
): string {
  const sink = isFunctionSink(to) ? ['to-function', to.sink] : ['to', ...endName(to)]
  const parts = ['sync', ...endName(from), ...sink]
  if (name !== undefined) parts.push(name)
  const id = parts.map(toPlainPart).join(':')
  if (id.length <= MAX_ID_BYTES) return id
  throw new TypeError(
    `the id of this sync would have ${id.length} bytes, and Temporal takes ${MAX_ID_BYTES}: give a shorter name`,
  )
}

function endName({ connection, endpoint }: SyncInput['from']): readonly string[] {
  return [...fullName(connection).split('/'), endpoint]
}

function toPlainPart(part: string): string {
  return part.replace(/[^A-Za-z0-9._@+-]/gu, (character) =>
    // A lone surrogate has no UTF-8.
    encodeURIComponent(/\p{Surrogate}/u.test(character) ? '\ufffd' : character)
      .replace(/^[^%]$/, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%', '~'),
  )
}

/** `erp` and `erp/default` are the same connection. */
function fullName(connection: string): string {
  const ref = parseConnection(connection)
  return ref === undefined ? connection : formatConnection(ref)
}
