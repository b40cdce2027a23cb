import { describe, expect, test } from 'vitest'
import {
  expandTemplate,
  isVariableValue,
  type VariableRule,
} from '../../src/definition/variables.js'

const rule = (form: VariableRule['form'], ...hosts: string[]) => ({
  form,
  hosts: hosts.length === 0 ? undefined : hosts,
})
const origin = rule('origin', '*.salesforce.example', 'login.example')

describe('a value that becomes part of a URL', () => {
  test.each([
    [origin, 'https://acme.my.salesforce.example'],
    [origin, 'https://ACME.salesforce.example:8443'],
    [origin, 'https://login.example'],
    [rule('origin', '127.0.0.1'), 'http://127.0.0.1:8080'],
    [rule('host', '*.salesforce.example'), 'acme.salesforce.example'],
    [rule('label'), 'acme-2'],
    [rule('segment'), '1.0_x~y'],
  ])('%j may be %s', (allowed, value) => {
    expect(isVariableValue(allowed, value)).toBe(true)
  })

  test.each([
    [
      origin,
      'http://acme.salesforce.example',
      'https://salesforce.example',
      'https://evilsalesforce.example',
      'https://acme.salesforce.example.evil.example',
      'https://acme.salesforce.example@evil.example',
      'https://user@acme.salesforce.example',
      'https://evil.example/.salesforce.example',
      'https://evil.example\\.salesforce.example',
      'https://evil.example#.salesforce.example',
      'https://acme.salesforce.example/',
      'https://acme.salesforce.example.',
      'https://acme.salesforce.example:99999',
      'https://acme.salesforce.example:443:1',
      'https://acme.salesforce.example\n',
      'https://acme\t.salesforce.example',
      'https://exämple.salesforce.example',
      '//acme.salesforce.example',
      'HTTPS://acme.salesforce.example',
      'https://10.0.0.1',
      'https://2130706433',
      'https://[::1]',
      'http://127.0.0.1',
      'javascript:alert(1)',
      `https://${'a.'.repeat(150)}salesforce.example`,
      '',
    ],
    [
      rule('host', '*.salesforce.example'),
      'salesforce.example',
      'evil.example',
      '127.0.0.1',
      'a.salesforce.example:1',
      `${'a.'.repeat(150)}salesforce.example`,
    ],
    [rule('label'), 'a.b', 'a/b', '', '-a', 'a\n', 'ä', 'a@b', '{x}'],
    [rule('segment'), '..', '.', 'a/b', 'a%2f', 'a?b', 'a#b', 'a\\b', 'a\r\n', ''],
  ] as [Pick<VariableRule, 'form' | 'hosts'>, ...string[]][])(
    '%j may not be anything else',
    (refusing, ...values) => {
      for (const value of values) expect(isVariableValue(refusing, value), value).toBe(false)
    },
  )

  test('stands there as it was checked, once', () => {
    const rules = { at: { from: 'answer', ...origin } } as const
    const template = '{at}/services/{account}'
    const values = { at: 'https://a.salesforce.example', account: 'acme' }
    expect(expandTemplate(template, values, rules)).toBe(
      'https://a.salesforce.example/services/acme',
    )
    expect(
      expandTemplate(template, { ...values, at: 'https://evil.example' }, rules),
    ).toBeUndefined()
    expect(expandTemplate(template, { ...values, account: '{at}' }, rules)).toBeUndefined()
    expect(expandTemplate(template, { account: 'acme' }, rules)).toBeUndefined()
  })
})
