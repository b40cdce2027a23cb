import type { MintInput, MintResult } from '../../src/contract/token-activities.js'
import { READ_KEPT } from '../../workflows/token/kept-answers.js'
import { keptInput } from '../../workflows/token/parts/kept-answers.js'
import { adoptGrant } from '../../workflows/token/parts/grant.js'
import { forceRefresh } from '../../workflows/token/parts/refresh.js'
import { holdToken } from '../../workflows/token/parts/token.js'
import { refreshTiming } from '../../workflows/token/refresh-timing.js'
import { applyDescription, applyMint } from '../../workflows/token/token-results.js'
import { startParts } from '../../workflows/token/token-parts.js'
import { OpenState } from '../workflows/token/open-state.js'
import { wrongAtTheEnd, wrongInResult } from './check-ended.js'
import type { Dice } from './dice.js'
import { type FuzzCase, isStalling } from './fuzz-case.js'
import { healthOf } from '../workflows/token/token-fixtures.js'
import { RUN_ID } from '../activities/token/token-activities-setup.js'
import type { FuzzStage } from './fuzz-stage.js'
import { tokenBody } from './token-texts.js'
import { wireAnswer, type WireAnswer } from './wire-answer.js'

const MOST_STEPS = 60
/** Of the token that it begins with. */
const LIFETIME_MS = 60_000
const MOST_BYTES = 400_000

/**
 * The state of a connection through bad answers of its token endpoint, by its own timers: once that
 * behaves again the connection is usable, unless it was told that the grant is dead.
 */
export async function connectionCase(stage: FuzzStage, dice: Dice, id: string): Promise<FuzzCase> {
  const kind = dice.pick(['rotating', 'client'])
  const answers = Array.from({ length: 1 + dice.number(6) }, (_, at) =>
    wireAnswer(dice, {
      text: tokenBody(dice, `${id}-${String(at)}`).text,
      plain: 0.2,
      statuses: [200, 400, 500],
    }),
  )
  const name = `s${id}${isStalling(answers) ? 'quick' : ''}`
  const served: (WireAnswer | undefined)[] = []
  const good = JSON.stringify({
    access_token: 'canary-good',
    token_type: 'bearer',
    expires_in: 3600,
    refresh_token: 'canary-good-refresh',
  })
  stage.server.scripts.set(name, { answers, good: () => good, served })
  const connection = `${kind}/${name}`
  const wrong = (why: string): FuzzCase => ({ served, wrong: `state of ${connection}: ${why}` })
  let nowMs = Date.now()
  const parts = startParts(connection, nowMs)
  const described = await stage.run('tokenkeeper.describe', { connection })
  if (described.result?.outcome !== 'known') return wrong(String(described.failure))
  const { policy } = described.result.facts
  applyDescription(parts, described.result, nowMs)
  const fields: Readonly<Record<string, string>> =
    kind === 'rotating' ? { refreshToken: 'canary-old-refresh' } : {}
  const sealed = await stage.seal(fields, connection, 'grant')
  parts.grant = adoptGrant(parts.grant, sealed)
  const timing = refreshTiming({ issuedAtMs: nowMs, lifetimeMs: LIFETIME_MS, policy, random: 0.5 })
  const held = { sealed, issuedAtMs: nowMs, lifetimeMs: LIFETIME_MS, ...timing }
  parts.token = holdToken(parts.token, held)
  parts.health = healthOf('active')
  parts.refresh = forceRefresh(parts.refresh, 'operator')
  const state = new OpenState(parts)
  const told: string[] = []
  let firstBrought = false

  for (let step = 0; step < MOST_STEPS; step += 1) {
    const due = state.due(nowMs)
    const { now: work } = due
    if (work?.kind === 'mint') {
      const { sealed: grant, prior, attempt } = parts.grant
      if (grant === undefined) return wrong('the grant is gone')
      const input: MintInput = {
        connection,
        grant,
        prior,
        attempt,
        knownRunId: RUN_ID,
        ...keptInput(parts.grant, grant, {
          onlyKept: work.cause === READ_KEPT,
          definition: parts.definition.facts?.fingerprint,
        }),
      }
      const from = served.length
      const ended = await stage.run('tokenkeeper.mint', input)
      const problem = wrongAtTheEnd(ended) ?? wrongInResult(ended.result, MOST_BYTES * 2)
      if (problem !== undefined) return wrong(problem)
      if (ended.result === undefined) return wrong(String(ended.failure))
      const result: MintResult = ended.result
      if (result.outcome === 'failed' && result.class === 'invalid_grant') told.push(result.code)
      applyMint(parts, result, work.cause, { scheduledAtMs: nowMs, nowMs, random: 0.5 })
      nowMs += 10
      firstBrought =
        result.outcome === 'minted' && served.length > from && served.at(-1) === undefined
      if (firstBrought) break
      // A token that came before its turn has to be renewed for the next answer.
      if (result.outcome === 'minted') parts.refresh = forceRefresh(parts.refresh, 'operator')
    } else if (work !== undefined) return wrong(`${work.kind} is due`)
    else if (parts.health.kind === 'needs_reauth' || due.atMs === undefined) break
    else nowMs = Math.max(nowMs + 1, due.atMs)
    const bytes = JSON.stringify(parts).length
    if (bytes > MOST_BYTES) return wrong(`a state of ${String(bytes)} bytes`)
  }

  const health = parts.health.kind
  const problem = wrongInResult({ parts, status: state.status(nowMs) }, MOST_BYTES * 2)
  if (problem !== undefined) return wrong(problem)
  if (health === 'needs_reauth')
    return told.includes('invalid_grant') ? { served } : wrong(`needs_reauth by ${told.join()}`)
  if (!firstBrought || health !== 'active')
    return wrong(`${health}, due ${JSON.stringify(state.due(nowMs))}`)
  const lease = state.currentLease(nowMs)
  return lease.outcome === 'granted' ? { served } : wrong(lease.message)
}
