import { type ConnectionDetails, toTagValues } from './connection-details.js'
import { type ConnectionRef, formatConnection, tokenWorkflowId } from './connection-ref.js'
import { type GivenAttributes, searchAttributeKey } from './search-attributes.js'
import { tokenTexts } from './static-texts.js'

/**
 * How long a worker may take for one workflow task of a token workflow, in milliseconds. Where flows storm,
 * a task has up to 10,000 signals, the most that the server takes in a run: with Temporal's 10 s it could
 * time out each time it is tried, for ever. Price: after a worker that dies within a task, the next one waits.
 */
export const TOKEN_TASK_TIMEOUT_MS = 20_000

/** What is known of a connection that begins: it is found from its start on, and need not tell it by an upsert. */
export function tokenAttributes(
  { connector }: ConnectionRef,
  details: Pick<ConnectionDetails, 'tags' | 'owner'> = {},
): GivenAttributes {
  const tags = toTagValues(details)
  return [
    { key: searchAttributeKey('TokenkeeperConnector'), value: connector },
    { key: searchAttributeKey('TokenkeeperStatus'), value: 'pending' },
    { key: searchAttributeKey('TokenkeeperTags'), value: [...tags] },
  ].filter(({ value }) => value.length > 0)
}

/**
 * How a token workflow is started, wherever that is, where none runs.
 * @param attributes of {@link tokenAttributes}, those that the namespace has
 */
export function tokenWorkflowStart(
  ref: ConnectionRef,
  taskQueue: string,
  attributes: GivenAttributes = [],
) {
  return {
    workflowId: tokenWorkflowId(ref),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowTaskTimeout: TOKEN_TASK_TIMEOUT_MS,
    ...tokenTexts(ref),
    typedSearchAttributes: [...attributes],
    args: [{ connection: formatConnection(ref) }],
  }
}
