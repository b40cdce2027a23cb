import type {
  DescribeResult,
  MintInput,
  MintResult,
  RevokeResult,
} from '../../src/contract/token-activities.js'
import type { Sealed } from '../../src/contract/sealed.js'
import { knownAccount } from './account.js'
import { reasonOf } from './call-activities.js'
import { applyVerification } from './doubt-looks.js'
import type { Work } from './due-work.js'
import { keptInput, READ_KEPT } from './kept-answers.js'
import { applyLeftover } from './leftovers.js'
import { applyPrepared } from './prepared-credential.js'
import { applyRevocation, endInstead, type Ending } from './revocation.js'
import { applyRotationMint, applyRotationVerdict } from './rotation.js'
import { refuseRotation, type RotationEnd } from './rotation-list.js'
import type { Moment } from './held-token.js'
import { applyDescription, applyMint } from './token-results.js'
import type { Rotation, TokenSnapshot } from './token-snapshot.js'
import type { TokenWorld } from './token-world.js'

export interface WorkContext {
  readonly world: TokenWorld
  readonly snapshot: TokenSnapshot
  /** The run that recorded the last token request or credential; undefined right after the start of a run. */
  readonly knownRunId: { current: string | undefined }
  /** What it was at the end of the run before. */
  readonly carriedRunId: string | undefined
  readonly onRotationEnd: (rotation: Rotation, end: RotationEnd) => void
}

/** Carries out one piece of work and takes its result into the state. Throws nothing. */
export async function carryOut(work: Work, context: WorkContext): Promise<void> {
  const { snapshot, world } = context
  const { now, random } = world
  const scheduledAtMs = now()
  const moment = (): Moment => ({ scheduledAtMs, nowMs: now(), random: random() })
  switch (work.work) {
    case 'describe': {
      applyDescription(snapshot, await describe(context), world.now())
      return
    }
    case 'mint': {
      const { grant, prior, attempt } = snapshot
      const onlyKept = work.cause === READ_KEPT
      const result = await mint(context, { grant, prior, attempt, onlyKept })
      if (result === undefined) return
      if (snapshot.grant !== undefined) applyMint(snapshot, result, work.cause, moment())
      // Revoked in the meantime: what came is not taken in, but it has to end as well.
      else if (result.outcome === 'minted') endInstead(snapshot, result)
      return
    }
    case 'verify-suspect': {
      const token = snapshot.token
      if (token === undefined) return
      const result = await verify(context, token.sealed)
      if (snapshot.token === token) applyVerification(snapshot, result, world.now())
      return
    }
    case 'revoke-leftover': {
      const result = await tellProvider(context, work.ending)
      applyLeftover(snapshot, work.ending, result, world.now(), world.random())
      return
    }
    case 'revoke':
      applyRevocation(
        snapshot,
        await tellProvider(context, work.ending),
        world.now(),
        world.random(),
      )
      return
    default:
      await carryOutRotation(work, context, moment)
  }
}

async function describe({ snapshot, world }: WorkContext): Promise<DescribeResult> {
  try {
    const { connection, health, rotations } = snapshot
    const isPending = health.kind === 'pending' && rotations.length === 0
    return await world.activities.quick['tokenkeeper.describe']({
      connection,
      ...(isPending ? { pending: true as const } : {}),
    })
  } catch (error) {
    const { searchAttributes } = snapshot
    return { known: false, message: reasonOf(error).message, searchAttributes }
  }
}

async function tellProvider(
  { snapshot: { connection }, world }: WorkContext,
  { grant, token }: Ending,
): Promise<RevokeResult> {
  try {
    return await world.activities.bounded['tokenkeeper.revoke']({
      connection,
      ...(grant === undefined ? {} : { grant }),
      ...(token === undefined ? {} : { token }),
    })
  } catch (error) {
    return { outcome: 'failed', ...reasonOf(error) }
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
  const { snapshot, world } = context
  const { rotation } = work
  const { connection } = snapshot
  // Revoked in the meantime: the rotation is gone, and so must be its effect.
  const gone = (): boolean => !snapshot.rotations.some((one) => one.id === rotation.id)
  switch (work.work) {
    case 'prepare':
      try {
        const { source, receivedAt } = rotation
        const result = await world.activities.bounded['tokenkeeper.prepare']({
          connection,
          source,
          ...('authorization' in source && snapshot.grant !== undefined
            ? { previous: snapshot.grant }
            : {}),
          ...(receivedAt === undefined ? {} : { receivedAt }),
          ...markKey(snapshot),
          ...carried(context),
        })
        if (gone()) return undefined
        // The operator's word, where it is newer than any reset: this run may ask for tokens with it.
        if (result.ok && result.runId !== undefined) context.knownRunId.current = result.runId
        return applyPrepared(snapshot, rotation, result, world.now())
      } catch (error) {
        return gone() ? undefined : refuseRotation(snapshot, rotation, reasonOf(error), world.now())
      }
    case 'mint-rotation': {
      const { grant, prior, tries, onlyKept = false } = rotation
      const result = await mint(context, { grant, prior, attempt: tries + 1, onlyKept })
      if (result === undefined || gone()) return undefined
      return applyRotationMint(snapshot, rotation, result, moment())
    }
    case 'verify-rotation': {
      if (rotation.minted === undefined) return undefined
      const result = await verify(context, rotation.minted.token.sealed)
      return gone() ? undefined : applyRotationVerdict(snapshot, rotation, result, moment())
    }
  }
}

async function verify({ snapshot, world }: WorkContext, token: Sealed) {
  const { connection } = snapshot
  try {
    return await world.activities.bounded['tokenkeeper.verify']({
      connection,
      token,
      ...knownAccount(snapshot),
    })
  } catch (error) {
    return { verdict: 'unknown' as const, ...reasonOf(error) }
  }
}

function markKey({ markKey: key }: TokenSnapshot): { readonly markKey?: Sealed } {
  return key === undefined ? {} : { markKey: key }
}

function carried({ carriedRunId }: WorkContext): { readonly carriedRunId?: string } {
  return carriedRunId === undefined ? {} : { carriedRunId }
}

interface Try extends Pick<MintInput, 'prior' | 'attempt'> {
  readonly grant: Sealed | undefined
  readonly onlyKept: boolean
}

/** Attempt n with this grant stands in the history, as the activity's input, before anything is sent. */
async function mint(
  context: WorkContext,
  { grant, prior, attempt, onlyKept }: Try,
): Promise<MintResult | undefined> {
  const { snapshot, knownRunId, world } = context
  if (grant === undefined) return undefined
  const previous = snapshot.token?.lifetimeMs
  try {
    const result = await world.activities.once['tokenkeeper.mint']({
      connection: snapshot.connection,
      grant,
      attempt,
      prior,
      ...(knownRunId.current === undefined ? {} : { knownRunId: knownRunId.current }),
      ...carried(context),
      ...(previous === undefined ? {} : { previousLifetimeMs: previous }),
      ...knownAccount(snapshot),
      ...keptInput(snapshot, grant, onlyKept),
      ...markKey(snapshot),
      ...(grant === snapshot.grant && snapshot.rejectedGeneration === snapshot.generation
        ? { rejected: true as const }
        : {}),
    })
    if (result.outcome !== 'rolled_back') knownRunId.current = result.runId
    return result
  } catch (error) {
    const { code, message } = reasonOf(error)
    return {
      runId: '',
      outcome: 'failed',
      // A key or secret that this worker lacks is noticed before anything is sent; else nobody knows.
      class: UNSENT.has(code) ? 'not_sent' : 'ambiguous',
      code,
      message,
      definition: snapshot.facts?.fingerprint ?? '',
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
