import type {
  DescribeResult,
  MintInput,
  MintResult,
  RevokeResult,
} from '../../src/contract/token-activities.js'
import { connectorOf } from '../../src/contract/connection-ref.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { knownAccount } from './account.js'
import { applyVerification } from './doubt-looks.js'
import type { Work } from './work.js'
import { READ_KEPT } from './kept-answers.js'
import { applyLeftover } from './leftovers.js'
import { applyPrepared } from './prepared-credential.js'
import { keptInput } from './parts/kept-answers.js'
import type { UpstreamRevocation } from './parts/revocation.js'
import type { Rotation } from './parts/rotations.js'
import { isRefused } from './parts/token.js'
import { causeWord } from './refresh-causes.js'
import { applyRevocation, endInstead, endToo } from './revocation.js'
import { applyRotationMint, applyRotationVerdict } from './rotation.js'
import { refuseRotation, type RotationEnd } from './rotation-list.js'
import type { Moment } from './refresh-timing.js'
import { applyDescription, applyMint } from './token-results.js'
import type { TokenParts } from './token-parts.js'
import { activityFailure, type TokenWorld } from './token-world.js'

export interface WorkContext {
  readonly world: TokenWorld
  readonly parts: TokenParts
  /** The run that recorded the last token request or credential; undefined right after the start of a run. */
  readonly knownRunId: { current: string | undefined }
  /** What it was at the end of the run before. */
  readonly carriedRunId: string | undefined
  readonly onRotationEnd: (rotation: Rotation, end: RotationEnd) => void
}

/** Carries out one piece of work and takes its result into the state. Throws nothing. */
export async function carryOut(work: Work, context: WorkContext): Promise<void> {
  const { parts, world } = context
  const { now, random } = world
  const scheduledAtMs = now()
  const moment = (): Moment => ({ scheduledAtMs, nowMs: now(), random: random() })
  switch (work.kind) {
    case 'describe': {
      applyDescription(parts, await describe(context), world.now())
      return
    }
    case 'mint': {
      const { sealed: grant, prior, attempt, markKey } = parts.grant
      const onlyKept = work.cause === READ_KEPT
      const result = await mint(context, { grant, prior, attempt, onlyKept, cause: work.cause })
      if (result === undefined) return
      const { sealed } = parts.grant
      if (sealed !== undefined)
        applyMint(
          parts,
          asSealedNow(parts, result, { grant, markKey }, sealed),
          work.cause,
          moment(),
        )
      // Revoked in the meantime: what came is not taken in, but it has to end as well.
      else if (result.outcome === 'minted') endInstead(parts, result)
      return
    }
    case 'verify-current': {
      const token = parts.token.held
      if (token === undefined) return
      const result = await verify(context, token.sealed)
      if (parts.token.held === token) applyVerification(parts, result, world.now())
      return
    }
    case 'revoke-leftover': {
      const result = await revokeAtProvider(context, work.revocation)
      applyLeftover(parts, work.revocation, result, world.now(), world.random())
      return
    }
    case 'revoke':
      applyRevocation(
        parts,
        await revokeAtProvider(context, work.revocation),
        world.now(),
        world.random(),
      )
      return
    default:
      await carryOutRotation(work, context, moment)
  }
}

async function describe({ parts, world }: WorkContext): Promise<DescribeResult> {
  try {
    const { connection, health, rotations } = parts
    const isPending = health.kind === 'pending' && rotations.length === 0
    const pending = isPending ? true : undefined
    return await world.activities.quick['tokenkeeper.describe']({ connection, pending })
  } catch (error) {
    const { searchAttributes } = parts.definition
    return { outcome: 'unknown', message: activityFailure(error).message, searchAttributes }
  }
}

async function revokeAtProvider(
  { parts: { connection }, world }: WorkContext,
  { grant, token }: UpstreamRevocation,
): Promise<RevokeResult> {
  try {
    return await world.activities.bounded['tokenkeeper.revoke']({ connection, grant, token })
  } catch (error) {
    return { outcome: 'failed', ...activityFailure(error) }
  }
}

async function carryOutRotation(
  work: Extract<Work, { rotation: Rotation }>,
  context: WorkContext,
  moment: () => Moment,
): Promise<void> {
  const end = await rotationStep(work, context, moment)
  if (end !== undefined) context.onRotationEnd(work.rotation, end)
}

async function rotationStep(
  work: Extract<Work, { rotation: Rotation }>,
  context: WorkContext,
  moment: () => Moment,
): Promise<RotationEnd | undefined> {
  const { parts, world } = context
  const { rotation } = work
  const {
    connection,
    grant: { markKey },
  } = parts
  // As it is by now. Revoked in the meantime: the rotation is gone, and so must be its effect.
  const still = (): Rotation | undefined => parts.rotations.find(({ id }) => id === rotation.id)
  switch (work.kind) {
    case 'prepare':
      try {
        const { source, receivedAt } = rotation
        const result = await world.activities.bounded['tokenkeeper.prepare']({
          connection,
          source,
          previous: 'authorization' in source ? parts.grant.sealed : undefined,
          receivedAt,
          markKey,
          carriedRunId: context.carriedRunId,
        })
        const now = still()
        if (now === undefined) return undefined
        // An operator's command that is newer than any reset proves that this run is the current one: it may ask
        // for tokens.
        if (result.ok && result.runId !== undefined) context.knownRunId.current = result.runId
        const isKeyNewer = parts.grant.markKey !== markKey && result.ok && result.marksAnew !== true
        const prepared = isKeyNewer ? { ...result, markKey: undefined } : result
        return applyPrepared(parts, now, prepared, world.now())
      } catch (error) {
        return still() === undefined
          ? undefined
          : refuseRotation(parts, rotation, activityFailure(error), world.now())
      }
    case 'mint-rotation': {
      const { grant, prior, tries, onlyKept = false } = rotation
      const tried = { grant, prior, attempt: tries + 1, onlyKept, cause: rotation.as }
      const result = await mint(context, tried)
      if (result === undefined) return undefined
      const now = still()
      if (now !== undefined) {
        const sealed = asSealedNow(parts, result, { grant, markKey }, now.grant)
        return applyRotationMint(parts, now, sealed, moment())
      }
      if (result.outcome === 'minted' && parts.health.kind === 'revoked')
        endToo(parts, result, world.now())
      return undefined
    }
    case 'verify-rotation': {
      if (rotation.minted === undefined) return undefined
      const result = await verify(context, rotation.minted.token.sealed)
      const now = still()
      return now && applyRotationVerdict(parts, now, result, moment())
    }
  }
}

/**
 * Grant and mark key may have been sealed anew while a token was asked for: what comes back as it was sent is
 * then the older seal, and must not undo that.
 */
function asSealedNow(
  { grant: { markKey } }: TokenParts,
  result: MintResult,
  sent: { readonly grant: Sealed | undefined; readonly markKey: Sealed | undefined },
  grant: Sealed | undefined,
): MintResult {
  if (result.outcome !== 'minted') return result
  return {
    ...result,
    grant: result.grant === sent.grant ? (grant ?? result.grant) : result.grant,
    markKey: markKey === sent.markKey ? result.markKey : undefined,
  }
}

async function verify({ parts, world }: WorkContext, token: Sealed) {
  const { connection } = parts
  try {
    return await world.activities.bounded['tokenkeeper.verify']({
      connection,
      token,
      knownAccount: knownAccount(parts),
    })
  } catch (error) {
    return { outcome: 'unknown' as const, ...activityFailure(error) }
  }
}

interface Try extends Pick<MintInput, 'prior' | 'attempt'> {
  readonly grant: Sealed | undefined
  readonly onlyKept: boolean
  /** Why it is asked for. */
  readonly cause: string
}

/** Gets a token, and counts the request. */
async function mint(context: WorkContext, one: Try): Promise<MintResult | undefined> {
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
async function tryMint(
  context: WorkContext,
  { grant, prior, attempt, onlyKept }: Try,
): Promise<MintResult | undefined> {
  const { parts, knownRunId, world } = context
  if (grant === undefined) return undefined
  const { token, definition } = parts
  const isCurrent = grant === parts.grant.sealed
  try {
    const result = await world.activities.once['tokenkeeper.mint']({
      connection: parts.connection,
      grant,
      attempt,
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
