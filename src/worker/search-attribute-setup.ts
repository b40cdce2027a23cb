import { temporal } from '@temporalio/proto'
import type { NativeConnection } from '@temporalio/worker'
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js'

const { IndexedValueType } = temporal.api.enums.v1
const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const

/**
 * Registers the search attributes that the namespace lacks. Where it may not, it says so once and
 * goes on: a missing one blocks nothing.
 */
export async function setUpSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  warn: (message: string) => void,
): Promise<void> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    })
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(
      ([name]) => !(name in customAttributes),
    )
    if (missing.length === 0) return
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]))
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    warn(
      `search attributes could not be set up in namespace ${namespace} (gRPC code ${code}); register ${Object.keys(SEARCH_ATTRIBUTES).join(', ')} by hand to search for connections`,
    )
  }
}
