import { describe, expect, it } from 'vitest'
import { secret } from '../../../src/connectors/index.js'
import { problemsOf } from '../../connectors/problems-of.js'
import { flow, login } from './flow-to-break.js'

const step = (more: object) => ({ ...flow, steps: [{ ...login, ...more }] })
const second = { name: 'second', method: 'GET', url: 'https://login.example.com/b' } as const
const steps = (...more: readonly object[]) => ({ ...flow, steps: [login, ...more] })

describe('a flow whose names contradict each other is refused with path, reason and example', () => {
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
  ])('%s', (_name, auth, path, message) => {
    const { problems, message: text } = problemsOf({ auth })
    const problem = problems.find((one) => one.path === path)
    expect(problem?.message, text).toMatch(message)
    expect(problem?.example).toMatch(/\S/)
    expect(text).not.toContain('canary')
  })
})
