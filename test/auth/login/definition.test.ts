import { describe, expect, it } from 'vitest'
import { matchPattern, patternProblem } from '../../../src/auth/login/safe-pattern.js'
import { defineConnector, get, loginFlow, secret } from '../../../src/connectors/index.js'
import { problemsOf } from '../../connectors/problems-of.js'

const login = {
  name: 'login',
  method: 'POST',
  url: 'https://login.example.com/session',
  body: { json: { user: '{user}', password: '{password}' } },
  take: { token: { json: 'token' } },
} as const
const flow = {
  kind: 'login-flow',
  credential: ['user', 'password'],
  steps: [login],
  token: { headers: { Authorization: 'Bearer {token}' } },
} as const

const step = (more: object) => ({ ...flow, steps: [{ ...login, ...more }] })
const second = { name: 'second', method: 'GET', url: 'https://login.example.com/b' } as const
const steps = (...more: readonly object[]) => ({ ...flow, steps: [login, ...more] })

describe('a flow that contradicts itself is refused with path, reason and example', () => {
  it.each<[string, object, string, RegExp]>([
    // Names.
    [
      'an unknown name in a body',
      step({ body: { json: { user: '{user}', p: ['{pasword}', '{password}'] } } }),
      'auth.steps[0].body.json',
      /\{pasword\}, which nothing gives/,
    ],
    [
      'an unknown name in a header',
      step({ headers: { 'X-Key': '{key}' } }),
      'auth.steps[0].headers["X-Key"]',
      /\{key\}, which nothing gives/,
    ],
    [
      'an unknown name in the token',
      { ...flow, token: { headers: { A: '{token} {x}' } } },
      'auth.token.headers.A',
      /\{x\}, which nothing gives/,
    ],
    [
      'an unknown name in a URL',
      step({ url: 'https://login.example.com/{tenant}/s' }),
      'auth.steps[0].url',
      /\{tenant\}, which is neither \{account\} nor one of the connector's variables/,
    ],
    [
      'a value of a later step',
      steps({ ...second, take: { later: { json: 'b' } }, query: { l: '{later}' } }),
      'auth.steps[1].query.l',
      /uses \{later\}, which only a later answer gives: known here are \{account\}, \{user\}/,
    ],
    [
      'a value of a later step in a URL',
      { ...flow, steps: [{ ...second, url: '/{token}' }, login] },
      'auth.steps[0].url',
      /uses \{token\}, which only a later answer gives/,
    ],
    [
      'a value that is taken and never used',
      step({ take: { ...login.take, more: { header: 'x-more' } } }),
      'auth.steps[0].take.more',
      /'more' is never used/,
    ],
    [
      'a field that is never used',
      { ...flow, credential: ['user', 'password', 'pin'] },
      'auth.credential[2]',
      /'pin' is never used/,
    ],
    [
      'a secret that is never used',
      { ...flow, secrets: { appKey: secret('env:APP_KEY') } },
      'auth.secrets.appKey',
      /'appKey' is never used/,
    ],
    [
      'a secret in the clear',
      { ...flow, secrets: { appKey: 'canary-secret' } },
      'auth.secrets.appKey',
      /must be the name of a secret, never the secret itself/,
    ],
    [
      'one name for two values',
      steps({ ...second, take: { token: { json: 'b' } } }),
      'auth.steps[1].take.token',
      /is the name of another value already/,
    ],
    [
      'one name for two steps',
      steps({ ...second, name: 'login' }),
      'auth.steps[1].name',
      /is the name of another step already/,
    ],
    [
      'a reserved name',
      { ...flow, credential: ['user', 'password', 'session'] },
      'auth.credential[2]',
      /must not be 'account', 'session' or 'cookies'/,
    ],
    [
      'a secret field in a URL',
      step({ url: 'https://login.example.com/{password}' }),
      'auth.steps[0].url',
      /must not hold \{password\}, which is a secret/,
    ],
    [
      'a plain field that is none',
      { ...flow, plain: ['name'] },
      'auth.plain[0]',
      /names 'name', which is no field of the credential/,
    ],
    [
      'a taken value in a host',
      steps({ ...second, url: 'https://{token}.example.com/x' }),
      'auth.steps[1].url',
      /holds \{token\} in its host/,
    ],
    [
      'hosts that nothing reads',
      { ...flow, hosts: ['*.example.com'] },
      'auth.hosts',
      /no URL begins with a taken one/,
    ],
    [
      'a lifetime of a value that is not taken',
      { ...flow, lifetime: { value: 'ttl', form: 'seconds' } },
      'auth.lifetime.value',
      /names 'ttl', which no step takes/,
    ],
    [
      'an answer that is not taken',
      { ...flow, answer: ['api'] },
      'auth.answer[0]',
      /no step takes/,
    ],
    ['a subject that is not taken', { ...flow, subject: 'id' }, 'auth.subject', /no step takes/],
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

describe('a regular expression', () => {
  it.each([
    ['(a+)+b', 'repeats a group'],
    ['(a|aa)*', 'repeats a group'],
    ['(?:a+)+(b)', 'repeats a group'],
    ['(a){2,}', 'repeats a group'],
    ['(a)(b)', 'exactly one group'],
    ['abc', 'exactly one group'],
    ['(?<name>a)', 'looks around or names a group'],
    ['(?=a)(b)', 'looks around or names a group'],
    ['(a)\\1', 'refers back'],
    ['a*b*c*d*(e)', 'more than 3 unbounded'],
    ['(a', 'no regular expression'],
    [`(${'a'.repeat(300)})`, 'longer than 200'],
  ])('%s is refused: %s', (pattern, problem) => {
    expect(patternProblem(pattern)).toContain(problem)
  })

  it.each([
    ['name="csrf" value="([^"]+)"', '<input name="csrf" value="t-1">', 't-1'],
    ['\\(\\d+\\) ([a-z]{2,8})', 'x (12) abc', 'abc'],
    ['[(*+]=([^)]+)', '(=abc)', 'abc'],
    ['(?:token|csrf): (\\S+)', 'csrf: x', 'x'],
  ])('%s is taken', (pattern, text, found) => {
    expect(patternProblem(pattern)).toBeUndefined()
    expect(matchPattern(pattern, text)).toBe(found)
  })

  it('ends in time, whatever the text', () => {
    // Three unbounded repetitions that may split 64 KiB anyhow: allowed, and hopeless.
    expect(patternProblem('a*a*a*(b)')).toBeUndefined()
    expect(matchPattern('a*a*a*(b)', 'a'.repeat(100_000))).toBeUndefined()
    // A nested one, which a definition can't have, would take for ever.
    expect(matchPattern('(?:a+)+(b)', 'a'.repeat(100_000))).toBeUndefined()
  }, 60_000)
})
