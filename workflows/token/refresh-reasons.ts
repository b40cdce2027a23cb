import type { RejectedGeneration } from '../../src/contract/messages.js'
import { doubtCredential, tellRefusal } from './doubt-reports.js'
import { noticeUnopened } from './keys-in-use.js'
import { readKept } from './kept-answers.js'
import { changeHealth, rollBack, tell } from './life-story.js'
import { withVerdict } from './parts/health.js'
import { settleVerdict } from './token-results.js'
import type { TokenSnapshot } from './token-snapshot.js'
import { waitingMessage } from './waiting-message.js'

/**
 * A flow names the highest generation that it knows: one above the current means that this state is
 * older. One that another token workflow had given, which was terminated, only moves the numbers on.
 */
export function seeGeneration(
  snapshot: TokenSnapshot,
  generation: number,
  nowMs: number,
  line?: string,
): void {
  const isForeign = line !== undefined && snapshot.line !== undefined && line !== snapshot.line
  if (isForeign && generation >= snapshot.generation && snapshot.token !== undefined) {
    const { rejectedGeneration, doubt } = snapshot
    const moved = generation + 1
    if (rejectedGeneration === snapshot.generation) snapshot.rejectedGeneration = moved
    if (doubt?.generation === snapshot.generation) snapshot.doubt = { ...doubt, generation: moved }
    snapshot.generation = moved
  } else if (generation > snapshot.generation && snapshot.grant !== undefined)
    rollBack(snapshot, nowMs, `a flow has seen generation ${String(generation)}`)
  snapshot.highestGeneration = Math.max(snapshot.highestGeneration, snapshot.generation, generation)
}

/**
 * A generation was refused by the upstream. N reports of one generation make one refresh. True: it is
 * that one request which is refused, and its flow is told so.
 */
export function reportRejection(
  snapshot: TokenSnapshot,
  rejected: RejectedGeneration,
  by: string,
  nowMs: number,
  line?: string,
): boolean {
  const { generation, status } = rejected
  if (generation > snapshot.generation) seeGeneration(snapshot, generation, nowMs, line)
  if (generation !== snapshot.generation || snapshot.token === undefined) return false
  if (rejected.outdated === true) {
    if (rejected.keyId !== undefined) noticeUnopened(snapshot, rejected.keyId, nowMs)
    else if (snapshot.rejectedGeneration !== generation)
      replaceOutdated(snapshot, generation, nowMs)
    return false
  }
  const asker = rejected.by ?? (by === '' ? 'an activity' : by)
  const who = `${asker}, HTTP ${String(status)}`
  tellRefusal(snapshot, who, nowMs, snapshot.doubt)
  if (doubtCredential(snapshot, rejected, asker, nowMs)) return true
  if (snapshot.doubt?.next?.check !== 'refresh') return false
  settleVerdict(snapshot, nowMs)
  // Held back so as not to kill the access token; that one is dead now.
  if (snapshot.failing?.class === 'ambiguous') delete snapshot.retryAtMs
  return false
}

/** A worker found a token of a kind that the definition no longer has: it is got anew, whatever its kind. */
function replaceOutdated(snapshot: TokenSnapshot, generation: number, nowMs: number): void {
  tell(snapshot, {
    atMs: nowMs,
    event: 'definition',
    cause: 'another kind of authentication',
    generation,
  })
  snapshot.rejectedGeneration = generation
  snapshot.describeNeeded = true
  snapshot.forced = 'definition changed'
  delete snapshot.retryAtMs
}

/** A request refreshes in the background what no timer looks after. */
export function demandRefresh(snapshot: TokenSnapshot, nowMs: number): void {
  const { facts, token, health } = snapshot
  if (facts?.policy.mode !== 'on-demand' || token?.softAtMs === undefined) return
  if (health.kind === 'active' && nowMs >= token.softAtMs) snapshot.forced ??= 'on demand'
}

/** An operator wants a refresh now. Gives the reason where there is nothing to refresh. */
export function refreshNow(snapshot: TokenSnapshot, nowMs: number): string | undefined {
  const reads = readKept(snapshot)
  if (snapshot.grant === undefined || snapshot.health.kind === 'needs_reauth')
    return reads ? undefined : waitingMessage(snapshot)
  if (snapshot.facts?.refreshes === false) {
    if (snapshot.health.kind !== 'rejected') return 'this kind has nothing to refresh'
    delete snapshot.rejectedGeneration
    delete snapshot.doubt
    changeHealth(snapshot, 'looked at by hand', { kind: 'active' }, nowMs, { cause: 'operator' })
    return undefined
  }
  // Without a grace window the grant must not be sent again while its successor may be in what is kept.
  if (reads && snapshot.facts?.policy.graceWindowMs === 0) return undefined
  snapshot.forced = 'operator'
  delete snapshot.doubt
  delete snapshot.retryAtMs
  snapshot.health = withVerdict(snapshot.health, undefined)
  return undefined
}
