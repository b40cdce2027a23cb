import type {
  DescribeResult,
  MintResult,
  RevokeResult,
} from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { knownAccount } from './account.js'
import { applyVerification } from './doubt-looks.js'
import type { Work } from './work.js'
import { READ_KEPT } from './kept-answers.js'
import { applyLeftover, applyRevocation, endInstead, endToo } from './revocation.js'
import { applyPrepared } from './prepared-credential.js'
import type { UpstreamRevocation } from './parts/revocation.js'
import type { Rotation } from './parts/rotations.js'
import { applyRotationMint, applyRotationVerdict } from './rotation.js'
import { refuseRotation, type RotationEnd } from './rotation-list.js'
import type { Moment } from './refresh-timing.js'
import { applyDescription, applyMint } from './token-results.js'
import type { TokenParts } from './token-parts.js'
import { activityFailure } from './token-world.js'
import { mint } from './mint-token.js'
import type { WorkContext } from './work-context.js'

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
      const result = await askVerify(context, token.sealed)
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
          describes: parts.definition.describeNeeded ? true : undefined,
        })
        const { description } = result
        if (description !== undefined) applyDescription(parts, description, world.now())
        // Whoever waits hears that; the credential is kept until there is such a connector, or it is dropped.
        if (description?.outcome === 'unknown') return undefined
        const now = still()
        if (now === undefined) return undefined
        // An operator's command that is newer than any reset proves that this run is the current one: it may ask
        // for tokens.
        if (result.outcome === 'prepared' && result.runId !== undefined)
          context.knownRunId.current = result.runId
        const isKeyNewer =
          parts.grant.markKey !== markKey &&
          result.outcome === 'prepared' &&
          result.marksAnew !== true
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
      const result = await askVerify(context, rotation.minted.token.sealed)
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

async function askVerify({ parts, world }: WorkContext, token: Sealed) {
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
