import type { DescribeResult } from '../../../src/contract/token-activities.js'
import type { ConnectorFacts } from '../../../src/contract/connector-facts.js'

/** What a keeper worker has reported of the connector, and of its cluster. */
export interface DefinitionPart {
  readonly facts?: ConnectorFacts | undefined
  /** Why there is no such connector. */
  readonly unknownConnector?: string | undefined
  /** For a pending connection that names no account: the accounts that its connector has. */
  readonly otherAccounts?: readonly string[] | undefined
  /** A keeper worker is to be asked, once or again. */
  readonly describeNeeded: boolean
  /** The search attributes that are registered: an upsert of another one would stall the workflow for ever. */
  readonly searchAttributes: readonly string[]
  /** How long the ids of workflows may be on this cluster, in bytes; absent: no keeper has reported it yet. */
  readonly maxIdBytes?: number | undefined
  /** Changes are reported as notices. */
  readonly notices?: true | undefined
}

export function startDefinition(): DefinitionPart {
  return { describeNeeded: true, searchAttributes: [] }
}

export function describeAgain(part: DefinitionPart): DefinitionPart {
  return { ...part, describeNeeded: true }
}

/** A connector that is unknown now keeps the facts that were known of it. */
export function describedAs(part: DefinitionPart, result: DescribeResult): DefinitionPart {
  const { searchAttributes, notices, maxIdBytes = part.maxIdBytes } = result
  const base = { ...part, describeNeeded: false, searchAttributes, maxIdBytes, notices }
  if (result.outcome === 'unknown') return { ...base, unknownConnector: result.message }
  const { facts, otherAccounts = [] } = result
  return {
    ...base,
    facts,
    unknownConnector: undefined,
    otherAccounts: otherAccounts.length === 0 ? undefined : otherAccounts,
  }
}
