import { describe, expect, it } from 'vitest'
import {
  AUTHORIZATION_LIFETIME_MS,
  type BeginAuthorization,
  type CompleteAuthorization,
} from '../../../src/contract/authorization.js'
import type { Sealed } from '../../../src/contract/sealed.js'
import {
  deadCallback,
  keepAuthorization,
  noRoomForAuthorization,
  takeCallback,
} from '../../../workflows/token/authorizations.js'
import {
  MAX_AUTHORIZATIONS,
  waitingAuthorizations,
} from '../../../workflows/token/parts/authorizations.js'
import { startParts } from '../../../workflows/token/token-parts.js'
import { activeParts, HOUR, T0 } from './token-fixtures.js'

const URL_MADE = { outcome: 'made', url: 'https://login.example/auth' } as const
const ISSUER = 'https://login.example'

function begun(state: string, more: Partial<BeginAuthorization> = {}): BeginAuthorization {
  return {
    stateHash: state,
    bindingHash: `binding of ${state}`,
    codeChallenge: 'challenge',
    sealedVerifier: `verifier of ${state}` as Sealed,
    redirectUri: 'https://app.example/callback',
    ...more,
  }
}

function callback(state: string, more: Partial<CompleteAuthorization> = {}): CompleteAuthorization {
  return {
    stateHash: state,
    bindingHash: `binding of ${state}`,
    redirectUri: 'https://app.example/callback',
    answer: { sealed: 'code' as Sealed },
    ...more,
  }
}

describe('a callback', () => {
  it('is taken until just before ten minutes have passed, and never after', () => {
    const parts = startParts('shop/acme', T0)
    keepAuthorization(parts, begun('in-time'), URL_MADE, T0)
    keepAuthorization(parts, begun('late'), URL_MADE, T0)
    const last = T0 + AUTHORIZATION_LIFETIME_MS - 1
    expect(takeCallback(parts, callback('in-time'), last)).toMatchObject({ outcome: 'taken' })
    const late = takeCallback(parts, callback('late'), last + 1)
    expect(late).toMatchObject({ outcome: 'refused', code: 'AuthorizationExpired' })
    expect(JSON.stringify(parts)).not.toContain('verifier of')
    expect(waitingAuthorizations(parts.authorizations, last + 1)).toEqual([])
  })

  it('is told to be too late or used for a day, and to be unknown after it', () => {
    const parts = startParts('shop/acme', T0)
    keepAuthorization(parts, begun('old'), URL_MADE, T0)
    keepAuthorization(parts, begun('used'), URL_MADE, T0)
    takeCallback(parts, callback('used'), T0 + 1)
    expect(deadCallback(parts, 'used', T0 + HOUR)?.code).toBe('AuthorizationUsed')
    expect(takeCallback(parts, callback('old'), T0 + HOUR)).toMatchObject({
      code: 'AuthorizationExpired',
    })
    expect(takeCallback(parts, callback('old'), T0 + 25 * HOUR)).toMatchObject({
      code: 'AuthorizationExpired',
    })
    expect(deadCallback(parts, 'old', T0 + 25 * HOUR)?.code).toBe('AuthorizationStateUnknown')
    expect(deadCallback(parts, 'used', T0 + 25 * HOUR)?.code).toBe('AuthorizationStateUnknown')
  })

  it.each([
    ['a binding of another', { bindingHash: 'of another' }, 'AuthorizationOfSomeoneElse'],
    ['no issuer where one is promised', {}, 'IssuerMismatch'],
    ['another issuer', { iss: `${ISSUER}.evil.example` }, 'IssuerMismatch'],
    [
      'an error of another issuer',
      { iss: 'https://x.example', answer: { error: 'access_denied' } },
      'IssuerMismatch',
    ],
    [
      'another redirect URI',
      { iss: ISSUER, redirectUri: 'https://app.example/other' },
      'IssuerMismatch',
    ],
    ['a denial', { iss: ISSUER, answer: { error: 'access_denied' } }, 'AuthorizationDenied'],
    [
      'a trouble of the provider',
      { iss: ISSUER, answer: { error: 'server_error' } },
      'AuthorizationFailed',
    ],
  ] as const)('with %s is refused, and the authorization is used up', (_name, more, code) => {
    const parts = activeParts()
    const made = { ...URL_MADE, issuer: { value: ISSUER, required: true } }
    keepAuthorization(parts, begun('one'), made, T0)
    expect(takeCallback(parts, callback('one', more), T0 + 1)).toMatchObject({
      outcome: 'refused',
      code,
    })
    expect(parts.story.events.at(-1)).toMatchObject({ event: 'authorization_refused', code })
    expect(takeCallback(parts, callback('one', { iss: ISSUER }), T0 + 2)).toMatchObject({
      code: 'AuthorizationUsed',
    })
    expect(parts.rotations).toEqual([])
    expect(parts.token.held?.sealed).toBe('token-3')
  })

  it('is taken with the issuer that is expected, and joined with what was kept', () => {
    const parts = activeParts()
    const made = {
      ...URL_MADE,
      issuer: { value: ISSUER, required: true },
      codeParameter: 'auth_code',
    }
    const more = { scope: 'orders', variables: { shop: 'acme' }, allowOtherAccount: true }
    keepAuthorization(parts, begun('one', more), made, T0)
    const taken = takeCallback(parts, callback('one', { iss: ISSUER }), T0 + 1)
    expect(taken).toEqual({
      outcome: 'taken',
      source: {
        sealed: 'code',
        allowOtherAccount: true,
        authorization: {
          sealedVerifier: 'verifier of one',
          redirectUri: 'https://app.example/callback',
          codeParameter: 'auth_code',
          scope: 'orders',
          variables: { shop: 'acme' },
        },
      },
    })
  })

  it('of an issuer that nobody has named has nothing to be compared with', () => {
    const parts = startParts('shop/acme', T0)
    keepAuthorization(parts, begun('one'), URL_MADE, T0)
    expect(takeCallback(parts, callback('one', { iss: ISSUER }), T0)).toMatchObject({
      outcome: 'taken',
    })
  })
})

describe('authorizations that wait', () => {
  it('are bounded: no further one until one ends, and what is over makes room', () => {
    const parts = startParts('shop/acme', T0)
    for (let count = 0; count < MAX_AUTHORIZATIONS; count += 1) {
      expect(noRoomForAuthorization(parts, begun('x'), T0)).toBeUndefined()
      keepAuthorization(parts, begun(String(count)), URL_MADE, T0)
    }
    expect(noRoomForAuthorization(parts, begun('x'), T0)).toContain(
      '20 authorizations of shop/acme wait',
    )
    takeCallback(parts, callback('3'), T0 + 1)
    expect(noRoomForAuthorization(parts, begun('x'), T0 + 1)).toBeUndefined()
    keepAuthorization(parts, begun('next'), URL_MADE, T0 + 1)
    expect(parts.authorizations).toHaveLength(MAX_AUTHORIZATIONS)
    expect(
      noRoomForAuthorization(parts, begun('x'), T0 + AUTHORIZATION_LIFETIME_MS),
    ).toBeUndefined()
  })

  it('are plain JSON', () => {
    const parts = startParts('shop/acme', T0)
    keepAuthorization(parts, begun('one'), URL_MADE, T0)
    expect(JSON.parse(JSON.stringify(parts))).toEqual(parts)
  })
})
