import { describe, expect, it } from 'vitest'
import {
  authorizedNow,
  type GrantPart,
  noteGrantEnd,
} from '../../../workflows/token/parts/grant.js'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 30)

/** A grant whose answers told these lifetimes in milliseconds, a day apart. */
function grantAfter(...lifetimes: readonly number[]): GrantPart {
  let grant: GrantPart = authorizedNow({ prior: 'clean', attempt: 1 }, {}, NOW)
  for (const [day, refreshTokenLifetimeMs] of lifetimes.entries())
    grant = noteGrantEnd(grant, { refreshTokenLifetimeMs }, NOW + day * DAY)
  return grant
}

describe('the end of a grant', () => {
  it.each<[string, readonly number[], GrantPart['endMoves']]>([
    ['that one answer told may move', [30 * DAY], undefined],
    ['that each refresh puts off moves', [30 * DAY, 30 * DAY], true],
    ['that stays where it is does not', [30 * DAY, 29 * DAY, 28 * DAY], false],
    ['that is told in whole seconds stays, too', [30 * DAY, 29 * DAY + 900], false],
    ['that moved once moves', [30 * DAY, 30 * DAY, 29 * DAY], true],
  ])('%s', (_what, lifetimes, moves) => {
    expect(grantAfter(...lifetimes).endMoves).toBe(moves)
  })

  it('is forgotten when it is authorised again', () => {
    const again = authorizedNow(grantAfter(30 * DAY, 30 * DAY), {}, NOW)
    expect(again).toMatchObject({ endsAtMs: undefined, endMoves: undefined })
  })
})
