import { setMaxListeners } from 'node:events'
import { Context } from '@temporalio/activity'
import type { AuthLike } from '../../src/auth/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { failureDetails } from '../../src/contract/failure.js'
import type { Lease } from '../../src/contract/lease.js'
import type { ActivityDependencies } from '../dependencies.js'
import { createSessionLimits, type LimitsOptions } from '../limits/session-limits.js'
import { splitFields } from '../token/connection-variables.js'
import { openFields } from '../token/sealed-fields.js'
import type { ResolvedConnection } from './resolve-connection.js'
import { serverNowOf } from '../server-clock.js'
import { UpstreamClock } from './upstream-clock.js'
import { UpstreamFailures } from './upstream-failures.js'
import { UpstreamSession } from './upstream-session.js'

/** Attempts that look for a worker that has the key. */
const LOOKS_FOR_KEY = 2

/**
 * Opens a lease that a flow handed in, as far as its token workflow confirms it.
 * @throws LeaseExpired, `CredentialRejected` where no worker has its key, and what {@link ConfirmLease} and {@link openSession} throw
 */
export async function openClaimed(
  dependencies: Pick<ActivityDependencies, 'keyring' | 'confirmLease'>,
  resolved: ResolvedConnection,
  claimed: Lease,
  signal: AbortSignal,
): Promise<UpstreamSession> {
  const lease = await dependencies.confirmLease(resolved, claimed)
  try {
    return await openSession(dependencies, resolved, lease, signal)
  } catch (error) {
    const { code, keyId } = failureDetails(error) ?? {}
    // Another worker may have the key; where none has, the connection has to tell.
    if (code !== 'KeyMissing' || keyId === undefined) throw error
    if (Context.current().info.attempt <= LOOKS_FOR_KEY) throw error
    throw new UpstreamFailures(resolved.name, lease.generation).keyMissing(keyId)
  }
}

/**
 * Opens a lease for the requests of one activity execution.
 * @throws ApplicationFailure `CredentialRejected` for a lease of another kind than the definition's,
 * `NoKeyHere`, `KeyMissing`, `SealInvalid`
 */
export async function openSession(
  { keyring }: Pick<ActivityDependencies, 'keyring'>,
  resolved: ResolvedConnection,
  lease: Lease,
  signal: AbortSignal,
  options: LimitsOptions = {},
): Promise<UpstreamSession> {
  const serverNow = serverNowOf(keyring)
  const { kind } = resolved.connector.auth
  if (lease.kind !== undefined && lease.kind !== kind)
    throw new UpstreamFailures(resolved.name, lease.generation).outdated(lease.kind, kind)
  const binding = { connection: resolved.name, purpose: 'token' } as const
  const opened = await openFields(keyring, lease.sealed, binding)
  const { fields, variables } = splitFields(opened, resolved.ref.account)
  // Every request that is under way listens to it; Node warns of more than ten.
  setMaxListeners(0, signal)
  const { auth } = resolved.connector
  const signsTime = authKindOf<AuthLike>(auth).signsTime?.(auth) === true
  // Later activities of this worker have the same keys: they begin with what this one learns.
  const clock = signsTime ? new UpstreamClock(keyring, resolved.name) : undefined
  const limits = createSessionLimits(keyring, resolved, options)
  return new UpstreamSession({ ...resolved, variables }, lease, fields, signal, {
    limits,
    serverNow,
    clock,
    proofs: keyring,
  })
}
