import { expect, it } from 'vitest'
import type { ResealResult } from '../../../src/contract/sealed.js'
import type { MintInput } from '../../../src/contract/token-activities.js'
import { UNMEASURED } from '../../../src/contract/measure.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import { keptInput } from '../../../workflows/token/parts/kept-answers.js'
import type { Rotation } from '../../../workflows/token/parts/rotations.js'
import { applyRotationMint } from '../../../workflows/token/rotation.js'
import type { TokenWorld } from '../../../workflows/token/token-world.js'
import { OpenState } from './open-state.js'
import { activeParts, at, failed, FACTS, minted, T0 } from './token-fixtures.js'

const ROTATION: Rotation = {
  id: 'r',
  as: 'connect',
  source: { sealed: 's' as Sealed },
  tries: 0,
  prior: 'clean',
  grant: 'new' as Sealed,
}

/** As the update does: all that is held is sealed with another key. */
function reseal({ operators }: OpenState): void {
  const before = operators.sealedValues()
  const values = before.map(({ sealed }) => `anew ${sealed}` as Sealed)
  operators.takeResealed(before, { values, keyId: 'k2' } satisfies ResealResult, T0)
}

/** A world whose token request is answered after `meanwhile`. */
function world(meanwhile: () => void, more: object): TokenWorld {
  const mint = (input: MintInput) => {
    meanwhile()
    return Promise.resolve({ ...minted('token-4'), grant: input.grant, ...more })
  }
  const tried = { 'tokenkeeper.mint': mint }
  const activities = { once: tried, unhurried: tried }
  return { now: () => T0, random: () => 0.5, measure: UNMEASURED, activities } as never
}

const context = (made: TokenWorld) => ({
  world: made,
  knownRunId: { current: undefined },
  carriedRunId: undefined,
  onRotationEnd: () => undefined,
})

it.each([
  ['gives the grant back', {}, 'anew grant-3'],
  ['brings another grant', { grant: 'grant-4' as Sealed }, 'grant-4'],
])('a token request that is under way and %s does not undo it', async (_name, more, grant) => {
  const state = new OpenState(activeParts({ ...FACTS, consumesGrant: false }))
  state.parts.grant = { ...state.parts.grant, markKey: 'mark-key' as Sealed }
  const answer = { ...more, markKey: 'mark-key of another worker' }
  const made = world(() => {
    reseal(state)
  }, answer)
  await state.carryOut({ kind: 'mint', cause: 'soft' }, context(made))
  expect(state.parts).toMatchObject({
    token: { generation: 4, held: { sealed: 'token-4' } },
    grant: { sealed: grant, markKey: 'anew mark-key' },
  })
})

it('nor does one with a new credential, whose kept answer stays with it', async () => {
  const state = new OpenState(activeParts())
  state.addRotation(ROTATION, T0)
  const unread = { ...failed('ambiguous', 'unreadable_answer'), kept: 'answer' as Sealed }
  expect(applyRotationMint(state.parts, ROTATION, unread, at(T0))).toBeUndefined()
  reseal(state)
  const [rotation = ROTATION] = state.parts.rotations
  expect(rotation.grant).toBe('anew new')
  const asked = { onlyKept: true, definition: undefined }
  expect(keptInput(state.parts.grant, 'anew new' as Sealed, asked).kept).toEqual(['anew answer'])
  const made = world(() => {
    reseal(state)
  }, {})
  await state.carryOut({ kind: 'mint-rotation', rotation }, context(made))
  expect(state.parts).toMatchObject({ grant: { sealed: 'anew anew new' }, rotations: [] })
})
