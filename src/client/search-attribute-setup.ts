import type { temporal } from '@temporalio/proto'
import {
  isSearchAttribute,
  SEARCH_ATTRIBUTE_TYPES,
  SEARCH_ATTRIBUTES,
} from '../contract/search-attributes.js'

type IndexedValueType = temporal.api.enums.v1.IndexedValueType

/** As much of a client's or worker's connection as is needed. */
export interface OperatorConnection {
  readonly operatorService: Pick<
    temporal.api.operatorservice.v1.OperatorService,
    'listSearchAttributes' | 'addSearchAttributes'
  >
}

export interface SearchAttributeSetup {
  /** The attributes that were registered now. */
  readonly added: readonly string[]
  /** The attributes that the namespace had already. */
  readonly present: readonly string[]
  /** The attributes that the namespace has with another type, so that tokenkeeper can't use them. */
  readonly otherType: readonly string[]
}

const ALREADY_EXISTS = 6
const LOOK_FOR_ATTRIBUTES_EVERY_MS = 100

/**
 * Registers the search attributes of tokenkeeper that a namespace lacks, and waits until it has them: an
 * upsert before that would fail a workflow task.
 * @throws what the server answers where that is not allowed or not possible
 */
export async function setUpSearchAttributes(
  { operatorService }: OperatorConnection,
  namespace: string,
): Promise<SearchAttributeSetup> {
  const before = await listSearchAttributes({ operatorService }, namespace)
  const wanted = Object.entries(SEARCH_ATTRIBUTES)
  const missing = wanted.filter(([name]) => before[name] === undefined)
  for (const [name, type] of missing)
    await operatorService
      .addSearchAttributes({ namespace, searchAttributes: { [name]: toIndexedValueType(type) } })
      .catch(ignoreExisting)
  const names = missing.map(([name]) => name)
  while (names.length > 0) {
    const now = await listSearchAttributes({ operatorService }, namespace)
    if (names.every((name) => now[name] !== undefined)) break
    await new Promise((resolve) => setTimeout(resolve, LOOK_FOR_ATTRIBUTES_EVERY_MS))
  }
  const found = Object.entries(before).filter(([name]) => Object.hasOwn(SEARCH_ATTRIBUTES, name))
  return {
    added: names,
    present: found.filter((one) => isSearchAttribute(...one)).map(([name]) => name),
    otherType: found.filter((one) => !isSearchAttribute(...one)).map(([name]) => name),
  }
}

/** The search attributes of a namespace that are not Temporal's own, with the number of their type. */
export async function listSearchAttributes(
  { operatorService }: Pick<OperatorConnection, 'operatorService'>,
  namespace: string,
): Promise<Readonly<Record<string, number>>> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  return customAttributes
}

function ignoreExisting(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS) return
  throw error
}

function toIndexedValueType(type: keyof typeof SEARCH_ATTRIBUTE_TYPES): IndexedValueType {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the value of the enum would be an import at run time
  return SEARCH_ATTRIBUTE_TYPES[type]
}
