import { expect, it } from 'vitest'
import { reportingThrown, withoutSecrets } from '../../src/auth/custom/report-thrown.js'
import { defineCustomAuth } from '../../src/auth/custom/define-custom-auth.js'
import { Secret } from '../../src/sealing/secret.js'

const SECRETS = { key: new Secret('canary-key'), short: new Secret('pw7') }

it.each([
  [
    'a secret that was given',
    () => {
      throw new Error('no use of canary-key and pw7')
    },
  ],
  ['what JSON.parse chokes on', () => JSON.parse('canary-answer {"x"') as unknown],
  [
    'a token of an answer',
    () => {
      throw new Error('bad token eyJhbGciOi.canary.answer_12345678')
    },
  ],
  [
    'a quoted value',
    () => {
      throw new TypeError(`unknown value 'canary-answer' of "canary more"`)
    },
  ],
])('the log is told where and why, without %s', (_name, run) => {
  let thrown: unknown
  try {
    run()
  } catch (error) {
    thrown = error
  }
  const { error, stack } = withoutSecrets(thrown, SECRETS)
  expect(error).toMatch(/^(?:Error|TypeError|SyntaxError): \S+/)
  expect(`${error} ${stack.join(' ')}`).not.toMatch(/canary|pw7/)
  expect(stack.join('\n')).toContain('custom-thrown.test.ts')
})

it('reports once and throws the same', async () => {
  const reports: unknown[] = []
  const failure = new RangeError('out of range')
  const functions = defineCustomAuth({
    authorize: () => {
      throw failure
    },
  })
  const { authorize } = reportingThrown('ours', functions, (report) => reports.push(report))
  await expect(async () => authorize?.({ secrets: SECRETS } as never)).rejects.toBe(failure)
  expect(reports).toMatchObject([
    { name: 'ours', function: 'authorize', error: 'RangeError: out of range' },
  ])
})
