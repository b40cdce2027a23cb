import { describe, expect, it } from 'vitest'
import { defineConnector, get, loginFlow } from '../../../src/connectors/index.js'
import { problemsOf } from '../../connectors/problems-of.js'
import { flow, login } from './flow-to-break.js'

const step = (more: object) => ({ ...flow, steps: [{ ...login, ...more }] })

describe('a flow whose parts contradict each other is refused with path, reason and example', () => {
  it.each<[string, object, string, RegExp]>([
    // Shapes.
    [
      'a brace of no name',
      step({ headers: { 'X-Key': 'a { b' } }),
      'auth.steps[0].headers["X-Key"]',
      /a brace that belongs to no \{name\}/,
    ],
    [
      'a header of two lines',
      step({ headers: { 'X-Key': 'a\r\nb' } }),
      'auth.steps[0].headers["X-Key"]',
      /one line of latin-1/,
    ],
    ['http outside loopback', step({ url: 'http://a.example/b' }), 'auth.steps[0].url', /https/],
    ['a user in a URL', step({ url: 'https://a:b@c.example/' }), 'auth.steps[0].url', /user name/],
    [
      'an own cookie header',
      step({ headers: { Cookie: 'a=b' } }),
      'auth.steps[0].headers.Cookie',
      /by itself/,
    ],
    [
      'two at one place',
      step({
        basic: { username: '{user}', password: '{password}' },
        headers: { authorization: 'x' },
      }),
      'auth.steps[0].headers.authorization',
      /same place as 'basic'/,
    ],
    ['a body of a GET', step({ method: 'GET' }), 'auth.steps[0].body', /no GET/],
    [
      'a failure without a condition',
      step({ failures: [{ means: 'refused' }] }),
      'auth.steps[0].failures[0]',
      /must have a condition/,
    ],
    [
      'a token of nothing',
      { ...flow, token: { headers: { A: '{user}' } }, answer: ['token'] },
      'auth.token',
      /puts nothing of the login onto requests/,
    ],
    [
      'two kinds of cookies',
      { ...flow, token: { cookies: 'all', headers: { Cookie: 'a={token}' } } },
      'auth.token.headers.Cookie',
      /same place as 'token.cookies'/,
    ],
    [
      'a keep-alive that is never sent',
      { ...flow, keepAlive: { method: 'GET', url: '/ping' } },
      'auth.keepAlive',
      /never sent without a time/,
    ],
    [
      'a keep-alive with the password',
      {
        ...flow,
        lifetime: { ms: 60_000 },
        keepAlive: { method: 'POST', url: '/ping', body: { form: { p: '{password}' } } },
      },
      'auth.keepAlive',
      /must not carry the credential/,
    ],
    [
      'a keep-alive of a JWT that stays as it is',
      {
        ...flow,
        lifetime: { value: 'token', form: 'jwt' },
        keepAlive: { method: 'GET', url: '/ping' },
      },
      'auth.keepAlive',
      /can't prolong a lifetime that a JWT tells/,
    ],
    [
      'a pattern that could run for ever',
      step({ take: { token: { pattern: '((a+)+)b' } } }),
      'auth.steps[0].take.token.pattern',
      /must have exactly one group/,
    ],
    // The password grant.
    [
      'a password grant without its label',
      step({ body: { form: { grant_type: 'password', u: '{user}', p: '{password}' } } }),
      'auth.steps[0].body',
      /password grant .* legacy: 'password-grant'/,
    ],
    [
      'the label without a password grant',
      { ...flow, legacy: 'password-grant' },
      'auth.legacy',
      /belongs to/,
    ],
  ])('%s', (_name, auth, path, message) => {
    const { problems, message: text } = problemsOf({ auth })
    const problem = problems.find((one) => one.path === path)
    expect(problem?.message, text).toMatch(message)
    expect(problem?.example).toMatch(/\S/)
    expect(text).not.toContain('canary')
  })

  it('a password grant that says what it is is let through', () => {
    const form = { grant_type: 'password', username: '{user}', password: '{password}' }
    const auth = loginFlow({
      ...flow,
      steps: [{ ...login, body: { form }, take: { token: { json: 'access_token' } } }],
      legacy: 'password-grant',
    })
    expect(
      defineConnector({ id: 'a', baseUrl: 'https://a.example', auth, endpoints: {} }).auth,
    ).toEqual(auth)
  })

  it('variables of the connector may stand in texts and hosts', () => {
    const auth = loginFlow({
      ...flow,
      steps: [
        { ...login, url: 'https://{tenant}.login.example.com/{account}', query: { t: '{tenant}' } },
      ],
    })
    const variables = { tenant: { from: 'credential', form: 'label' } } as const
    const endpoints = { me: get('/me') }
    expect(() =>
      defineConnector({ id: 'a', baseUrl: 'https://a.example', auth, variables, endpoints }),
    ).not.toThrow()
  })
})
