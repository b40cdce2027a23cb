import { setMaxListeners } from 'node:events'
import { Context } from '@temporalio/activity'
import type { AuthLike } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { failureDetails } from '../../src/contract/failure.js'
import type { Lease } from '../../src/contract/lease.js'
import type { Keeper } from '../keeper/keeper.js'
import { createSessionLimits, type LimitsOptions } from './session-limits.js'
import { openFields, splitFields } from './sealed-fields.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { UpstreamFailures } from './upstream-failures.js'
import { UpstreamSession } from './upstream-session.js'

/** Attempts that look for a worker that has the key. */
const LOOKS_FOR_KEY = 2

/**
 * Opens a lease that a flow handed in, as far as its token workflow confirms it.
 * @throws LeaseExpired, and what `ConfirmedLeases.confirmLease` and {@link openLease} throw
 */
export function openClaimed(
  keeper: Keeper,
  resolved: ResolvedConnection,
  claimed: Lease,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  return openLease(keeper, resolved, () => keeper.leases.confirmLease(resolved, claimed), signal)
}

/**
 * Opens a lease that its token workflow has granted to this worker, or confirms.
 * @throws `CredentialRejected` where no worker has its key, and what {@link openSession} throws
 */
export function openLease(
  keeper: Keeper,
  resolved: ResolvedConnection,
  take: () => Promise<Lease>,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const attributes = { 'tokenkeeper.connection': resolved.name }
  return keeper.tracing.inSpan('tokenkeeper.lease.open', attributes, async (span) => {
    const lease = await take()
    const session = await openOrTell(keeper, resolved, lease, signal)
    span.set({ 'tokenkeeper.generation': session.lease.generation })
    return session
  })
}

async function openOrTell(
  keeper: Keeper,
  resolved: ResolvedConnection,
  lease: Lease,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  try {
    return await openSession(keeper, resolved, lease, signal)
  } catch (error) {
    const { code, keyId } = failureDetails(error) ?? {}
    // Another worker may have the key; where none has, the token workflow has to know.
    if (code !== 'KeyMissing' || keyId === undefined) throw error
    if (Context.current().info.attempt <= LOOKS_FOR_KEY) throw error
    throw new UpstreamFailures(resolved.name, lease).keyMissing(keyId)
  }
}

/**
 * Opens a lease for the requests of one activity execution.
 * @throws ApplicationFailure `CredentialRejected` for a lease of another kind than the definition's,
 * `NoKeyHere`, `KeyMissing`, `SealInvalid`
 */
export async function openSession(
  keeper: Keeper,
  resolved: ResolvedConnection,
  lease: Lease,
  signal: AbortSignal,
  options: LimitsOptions = {},
): Promise<UpstreamSession> {
  const serverNow = keeper.serverNow()
  const { kind } = resolved.connector.auth
  if (lease.kind !== undefined && lease.kind !== kind)
    throw new UpstreamFailures(resolved.name, lease).outdated(lease.kind, kind)
  const binding = { connection: resolved.name, purpose: 'token' } as const
  const opened = await keeper.opened.fields(lease, lease.expiresAtMs - serverNow(), () =>
    openFields(keeper.keyring, lease.sealed, binding),
  )
  const { fields, variables } = splitFields(opened, resolved.ref.account)
  // Every request that is under way listens to it; Node warns of more than ten.
  setMaxListeners(0, signal)
  const { auth } = resolved.connector
  const signsTime = authKindOf<AuthLike>(auth).signsTime?.(auth) === true
  return new UpstreamSession(resolved.withVariables(variables), lease, fields, signal, {
    limits: createSessionLimits(keeper.limiters, resolved, {
      keeperTaskQueue: keeper.taskQueue,
      ...options,
      measure: keeper.measure,
      tracing: keeper.tracing,
    }),
    measure: keeper.measure,
    tracing: keeper.tracing,
    propagateTo: keeper.propagateTo,
    agents: keeper.agents.of(resolved.connector),
    passes: keeper.passes,
    serverNow,
    clock: signsTime ? keeper.upstreamClock(resolved.name) : undefined,
    proofs: keeper.keyring,
  })
}
