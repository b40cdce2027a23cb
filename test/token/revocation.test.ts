import { expect, it } from 'vitest'
import type { Sealed } from '../../src/contract/sealed.js'
import { endInstead } from '../../workflows/token/revocation.js'
import { TokenState } from '../../workflows/token/token-state.js'
import { activeSnapshot, T0 } from './token-fixtures.js'

const minted = { grant: 'grant-4' as Sealed, token: 'token-4' as Sealed }

it('a token that was under way when its connection was revoked is what ends at the provider', () => {
  const state = new TokenState(activeSnapshot())
  state.command('revoke', T0, true)
  endInstead(state.snapshot, minted)
  expect(state.due(T0).now).toEqual({ work: 'revoke', ending: { ...minted, tries: 0 } })
})

it('and nothing is told where nothing is to be told', () => {
  const state = new TokenState(activeSnapshot())
  state.command('revoke', T0, false)
  endInstead(state.snapshot, minted)
  expect(state.due(T0).now).toBeUndefined()
})
