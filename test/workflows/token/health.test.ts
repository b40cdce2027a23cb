import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type HealthKind,
  move,
  type Target,
  TRANSITIONS,
  type TransitionName,
  verdictOf,
  withVerdict,
} from '../../../workflows/token/parts/health.js'
import { applyVerification } from '../../../workflows/token/doubt-looks.js'
import { applyMint } from '../../../workflows/token/token-results.js'
import { OpenState } from './open-state.js'
import { activeParts, at, failed, FACTS, healthOf, HOUR, T0 } from './token-fixtures.js'

interface Row {
  readonly who: string
  readonly from: readonly HealthKind[]
  readonly to: readonly HealthKind[]
}
const ROWS = Object.entries(TRANSITIONS as Record<string, Row>)
const KINDS: readonly HealthKind[] = TRANSITIONS['rolled back'].from

/** A row that holds for (nearly) every health is drawn as one arrow. */
const ANY = 'any'
const isAny = ({ from }: Row): boolean => from.length >= KINDS.length - 1

function picture(): string {
  const arrows = new Map<string, string[]>()
  for (const [name, row] of ROWS)
    for (const to of row.to)
      for (const from of isAny(row) ? [ANY] : row.from) {
        if (from === to) continue
        const arrow = `  ${from} --> ${to}: `
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), name])
      }
  const lines = [...arrows].map(([arrow, names]) => arrow + names.join(', '))
  return ['stateDiagram-v2', '  [*] --> pending', ...lines].join('\n')
}

function table(): readonly (readonly string[])[] {
  return ROWS.map(([name, row]) => {
    const from = isAny(row) ? 'any' : row.from.map((kind) => `\`${kind}\``).join(', ')
    return [name, row.who, from, row.to.map((kind) => `\`${kind}\``).join(', ')]
  })
}

describe('the states of a connection', () => {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8')

  it('are drawn in docs/architecture.md as they are', () => {
    expect(page).toContain(`\`\`\`mermaid\n${picture()}\n\`\`\``)
  })

  it('and their transitions stand there with who causes them', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('|'))
    const cells = lines.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    for (const row of table()) expect(cells).toContainEqual(row)
  })

  it.each(ROWS.map(([name, row]) => ({ name: name as TransitionName, row })))(
    '$name leads from where it may come to where it may go, and from nowhere else',
    ({ name, row }) => {
      for (const from of KINDS)
        for (const kind of KINDS) {
          const before = healthOf(from, 'expired_idle')
          const to: Target = kind === 'needs_reauth' ? { kind, reason: 'rolled_back' } : { kind }
          const after = move(before, name, to, T0 + 1)
          const leads = row.from.includes(from) && row.to.includes(kind)
          if (leads && from !== kind)
            expect(after).toMatchObject({ ...to, sinceMs: T0 + 1, paused: false })
          else if (kind !== 'needs_reauth' || from !== kind) expect(after).toBe(before)
        }
    },
  )

  it('keep a verdict only where there is a token that may end', () => {
    const verdict = { kind: 'misconfigured', code: 'invalid_client' } as const
    const kept = KINDS.filter((kind) => verdictOf(withVerdict(healthOf(kind), verdict)))
    expect(kept).toEqual(['degraded', 'misconfigured', 'rejected'])
    const degraded = withVerdict(healthOf('degraded'), verdict)
    const rejected = move(degraded, 'refused for good', { kind: 'rejected' }, T0)
    expect(verdictOf(rejected)).toEqual(verdict)
    const revoked = move(rejected, 'revoked', { kind: 'revoked' }, T0)
    expect(revoked).toEqual(healthOf('revoked'))
  })
})

describe('a connection that was rolled back', () => {
  const seesLater = (state: OpenState): void => {
    state.enqueue({ requestId: 's', replyTo: 'f', minValidityMs: 0, knownGeneration: 7 }, T0 + 1)
  }
  const rolledBack = { kind: 'needs_reauth', reason: 'rolled_back' }

  it('stays so when a verdict from before would take effect', () => {
    const state = new OpenState(activeParts())
    const refusal = failed('misconfigured', 'invalid_client')
    for (let tries = 0; tries < 3; tries += 1) applyMint(state.parts, refusal, 'soft', at(T0))
    seesLater(state)
    state.due(T0 + 2 * HOUR)
    expect(state.parts.health).toMatchObject(rolledBack)
  })

  it('stays so when the request that was under way fails', () => {
    const state = new OpenState(activeParts())
    seesLater(state)
    applyMint(state.parts, failed('server_error', 'http_500'), 'soft', at(T0 + 2))
    expect(state.parts.health).toMatchObject(rolledBack)
    expect(state.due(T0 + HOUR).now).toBeUndefined()
  })

  it('stays so when its old token is looked at and accepted', () => {
    const state = new OpenState(activeParts({ ...FACTS, hasVerify: true }))
    const doubted = {
      sinceMs: T0,
      lastMs: T0,
      generation: 3,
      status: 401,
      endpoint: 'orders.list',
      answers: 2,
      refusedLooks: 1,
      refusedByVerify: 0,
      verifyFails: 0,
      accepted: false,
      rounds: 1,
      witnesses: [],
      holdsAll: true,
      next: { check: 'verify', atMs: T0 },
    } as const
    state.parts.token = { ...state.parts.token, doubt: doubted }
    seesLater(state)
    applyVerification(state.parts, { outcome: 'accepted' }, T0 + 3)
    expect(state.parts.health).toMatchObject(rolledBack)
  })
})
