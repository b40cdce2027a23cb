import type { MintInput, MintResult } from '../../src/contract/token-activities.js'
import { connectorOf } from '../../src/contract/connection-ref.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { knownAccount } from './account.js'
import { isUnhurried } from './catch-up.js'
import { keptInput } from './parts/kept-answers.js'
import { isRefused } from './parts/token.js'
import { causeWord } from './refresh-causes.js'
import { activityFailure } from './token-world.js'
import type { WorkContext } from './work-context.js'

interface Try extends Pick<MintInput, 'prior' | 'attempt'> {
  readonly grant: Sealed | undefined
  readonly onlyKept: boolean
  /** Why it is asked for. */
  readonly cause: string
}

/** Gets a token, and counts the request. */
export async function mint(context: WorkContext, one: Try): Promise<MintResult | undefined> {
  const result = await tryMint(context, one)
  const { parts, world } = context
  // What only reads an answer that was kept sends nothing, and a static credential is no request.
  if (result === undefined || one.onlyKept || parts.definition.facts?.refreshes === false)
    return result
  world.measure('tokenkeeper.token.requests', 1, {
    connector: connectorOf(parts.connection),
    outcome: result.outcome === 'failed' ? result.class : result.outcome,
    cause: causeWord(one.cause),
  })
  return result
}

/** Attempt n with this grant stands in the history, as the activity's input, before anything is sent. */
async function tryMint(context: WorkContext, one: Try): Promise<MintResult | undefined> {
  const { grant, prior, attempt, onlyKept } = one
  const { parts, knownRunId, world } = context
  if (grant === undefined) return undefined
  const { token, definition } = parts
  const isCurrent = grant === parts.grant.sealed
  const isLast = isCurrent && isUnhurried(parts, one.cause)
  const activities = isLast ? world.activities.unhurried : world.activities.once
  try {
    const result = await activities['tokenkeeper.mint']({
      connection: parts.connection,
      grant,
      attempt,
      generation: token.generation,
      cause: causeWord(one.cause),
      prior,
      knownRunId: knownRunId.current,
      carriedRunId: context.carriedRunId,
      previousLifetimeMs: token.held?.lifetimeMs,
      knownAccount: knownAccount(parts),
      ...keptInput(parts.grant, grant, { onlyKept, definition: definition.facts?.fingerprint }),
      markKey: parts.grant.markKey,
      rejected: isCurrent && isRefused(token) ? true : undefined,
    })
    if (result.outcome !== 'rolled_back') knownRunId.current = result.runId
    return result
  } catch (error) {
    const { code, message } = activityFailure(error)
    return {
      runId: '',
      outcome: 'failed',
      // A key or secret that this worker lacks is noticed before anything is sent; else nobody knows.
      class: UNSENT.has(code) ? 'not_sent' : 'ambiguous',
      code,
      message,
      definition: parts.definition.facts?.fingerprint ?? '',
    }
  }
}

const UNSENT = new Set([
  'KeyMissing',
  'NoKeyHere',
  'SealInvalid',
  'SecretUnresolved',
  'UnknownConnector',
  'ReferenceRefused',
  'InvalidConnection',
  'InvalidDefinition',
  'InvalidInput',
])
