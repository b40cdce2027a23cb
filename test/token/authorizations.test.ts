import { describe, expect, it } from 'vitest'
import {
  AUTHORIZATION_LIFETIME_MS,
  type BeginAuthorization,
  type CompleteAuthorization,
} from '../../src/contract/authorization.js'
import type { Sealed } from '../../src/contract/sealed.js'
import {
  deadCallback,
  keepAuthorization,
  MAX_AUTHORIZATIONS,
  noRoomForAuthorization,
  takeCallback,
  waitingAuthorizations,
} from '../../workflows/token/authorizations.js'
import { createSnapshot } from '../../workflows/token/token-snapshot.js'
import { activeSnapshot, HOUR, T0 } from './token-fixtures.js'

const URL_MADE = { ok: true, url: 'https://login.example/auth' } as const
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
    const snapshot = createSnapshot('shop/acme', T0)
    keepAuthorization(snapshot, begun('in-time'), URL_MADE, T0)
    keepAuthorization(snapshot, begun('late'), URL_MADE, T0)
    const last = T0 + AUTHORIZATION_LIFETIME_MS - 1
    expect(takeCallback(snapshot, callback('in-time'), last)).toMatchObject({ ok: true })
    const late = takeCallback(snapshot, callback('late'), last + 1)
    expect(late).toMatchObject({ ok: false, code: 'AuthorizationExpired' })
    expect(JSON.stringify(snapshot)).not.toContain('verifier of')
    expect(waitingAuthorizations(snapshot, last + 1)).toEqual([])
  })

  it('is told to be too late or used for a day, and to be unknown after it', () => {
    const snapshot = createSnapshot('shop/acme', T0)
    keepAuthorization(snapshot, begun('old'), URL_MADE, T0)
    keepAuthorization(snapshot, begun('used'), URL_MADE, T0)
    takeCallback(snapshot, callback('used'), T0 + 1)
    expect(deadCallback(snapshot, 'used', T0 + HOUR)?.code).toBe('AuthorizationUsed')
    expect(takeCallback(snapshot, callback('old'), T0 + HOUR)).toMatchObject({
      code: 'AuthorizationExpired',
    })
    expect(takeCallback(snapshot, callback('old'), T0 + 25 * HOUR)).toMatchObject({
      code: 'AuthorizationExpired',
    })
    expect(deadCallback(snapshot, 'old', T0 + 25 * HOUR)?.code).toBe('AuthorizationStateUnknown')
    expect(deadCallback(snapshot, 'used', T0 + 25 * HOUR)?.code).toBe('AuthorizationStateUnknown')
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
    const snapshot = activeSnapshot()
    const made = { ...URL_MADE, issuer: { value: ISSUER, required: true } }
    keepAuthorization(snapshot, begun('one'), made, T0)
    expect(takeCallback(snapshot, callback('one', more), T0 + 1)).toMatchObject({ ok: false, code })
    expect(snapshot.story.at(-1)).toMatchObject({ event: 'authorization_refused', code })
    expect(takeCallback(snapshot, callback('one', { iss: ISSUER }), T0 + 2)).toMatchObject({
      code: 'AuthorizationUsed',
    })
    expect(snapshot.rotations).toEqual([])
    expect(snapshot.token?.sealed).toBe('token-3')
  })

  it('is taken with the issuer that is expected, and joined with what was kept', () => {
    const snapshot = activeSnapshot()
    const made = {
      ...URL_MADE,
      issuer: { value: ISSUER, required: true },
      codeParameter: 'auth_code',
    }
    const more = { scope: 'orders', variables: { shop: 'acme' }, allowOtherAccount: true }
    keepAuthorization(snapshot, begun('one', more), made, T0)
    const taken = takeCallback(snapshot, callback('one', { iss: ISSUER }), T0 + 1)
    expect(taken).toEqual({
      ok: true,
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
    const snapshot = createSnapshot('shop/acme', T0)
    keepAuthorization(snapshot, begun('one'), URL_MADE, T0)
    expect(takeCallback(snapshot, callback('one', { iss: ISSUER }), T0)).toMatchObject({ ok: true })
  })
})

describe('authorizations that wait', () => {
  it('are bounded: no further one until one ends, and what is over makes room', () => {
    const snapshot = createSnapshot('shop/acme', T0)
    for (let count = 0; count < MAX_AUTHORIZATIONS; count += 1) {
      expect(noRoomForAuthorization(snapshot, begun('x'), T0)).toBeUndefined()
      keepAuthorization(snapshot, begun(String(count)), URL_MADE, T0)
    }
    expect(noRoomForAuthorization(snapshot, begun('x'), T0)).toContain(
      '20 authorizations of shop/acme wait',
    )
    takeCallback(snapshot, callback('3'), T0 + 1)
    expect(noRoomForAuthorization(snapshot, begun('x'), T0 + 1)).toBeUndefined()
    keepAuthorization(snapshot, begun('next'), URL_MADE, T0 + 1)
    expect(snapshot.authorizations).toHaveLength(MAX_AUTHORIZATIONS)
    expect(
      noRoomForAuthorization(snapshot, begun('x'), T0 + AUTHORIZATION_LIFETIME_MS),
    ).toBeUndefined()
  })

  it('are plain JSON', () => {
    const snapshot = createSnapshot('shop/acme', T0)
    keepAuthorization(snapshot, begun('one'), URL_MADE, T0)
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
  })
})
