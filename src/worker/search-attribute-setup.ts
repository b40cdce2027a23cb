import type { temporal } from '@temporalio/proto'
import type { NativeConnection } from '@temporalio/worker'
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js'

type IndexedValueType = temporal.api.enums.v1.IndexedValueType

// By number: @temporalio/proto is not among the packages that users install.
const NUMBERS = { KEYWORD: 2, DATETIME: 6 } as const
const DEADLINE_MS = 5000

/** Where one line about each trouble goes. */
export type LogLine = (message: string) => void

/**
 * Registers the search attributes of tokenkeeper that the namespace lacks. What may not be set up
 * (no permission, SQL visibility full) is left out with one line: nothing depends on them.
 */
export async function setUpSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: LogLine,
): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + DEADLINE_MS, async () => {
      const missing = await listMissing(connection, namespace)
      for (const [name, type] of missing)
        await connection.operatorService
          .addSearchAttributes({
            namespace,
            searchAttributes: { [name]: toIndexedValueType(type) },
          })
          .catch(ignoreExisting)
      // An upsert before the namespace knows the attribute would fail a workflow task.
      while (missing.length > 0 && (await listMissing(connection, namespace)).length > 0)
        await new Promise((resolve) => setTimeout(resolve, 100))
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error'
    log(
      `search attributes of tokenkeeper are not all set up in namespace ${namespace} (${reason}); everything works without them, but connections can't be searched for`,
    )
  }
}

async function listMissing(connection: NativeConnection, namespace: string) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return Object.entries(SEARCH_ATTRIBUTES).filter(
    ([name]) => !Object.hasOwn(customAttributes, name),
  )
}

const ALREADY_EXISTS = 6

function ignoreExisting(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS) return
  throw error
}

function toIndexedValueType(type: keyof typeof NUMBERS): IndexedValueType {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the value of the enum would be an import at run time
  return NUMBERS[type]
}
