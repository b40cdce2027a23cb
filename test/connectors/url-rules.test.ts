import { expect, test } from 'vitest'
import { urlProblem } from '../../src/definition/url-rules.js'
import { expandTemplate } from '../../src/definition/variables.js'

const expandAccount = (template: string, account: string) => expandTemplate(template, { account })

test.each([
  'https://api.example.com',
  'https://api.example.com:8443/v1/',
  'https://{account}.example.com/admin',
  'https://api.example.com/tenants/{account}',
  'https://10.0.0.1/v1',
  'http://127.0.0.1:3000/v1',
  'http://localhost:3000',
  'http://[::1]:3000',
])('lets through %s', (text) => {
  expect(urlProblem(text, { query: false })).toBeUndefined()
})

test.each([
  'http://api.example.com',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'https://user@api.example.com',
  'https://api.example.com/#x',
  'https://api.example.com/?a=1',
  'https://api.example.com/a/../b',
  'https://api.example.com/%2e%2e/b',
  'https://{account}',
  'https://{account}.com',
  'https://api.{account}',
  'https://x{account}.example.com',
  'https://{shop}.example.com',
  'https://api.example.com/{shop}',
  'https://2130706433/',
  'https://127.1/',
  'https://0x7f.1/',
  'https://exämple.com',
  'https://api.example.com\\@evil.example',
  'https:api.example.com',
  'ftp://api.example.com',
  ' https://api.example.com',
  '',
])('refuses %j', (text) => {
  expect(urlProblem(text, { query: false })).toEqual(expect.any(String))
})

test('an account is one label and nothing else', () => {
  const template = 'https://{account}.example.com/{account}'
  expect(expandAccount(template, 'acme-1')).toBe('https://acme-1.example.com/acme-1')
  for (const account of [
    'a.b',
    'a@evil',
    'a/../b',
    'a#',
    'a:80',
    'a?',
    '-a',
    '١',
    '',
    'a'.repeat(64),
  ])
    expect(expandAccount(template, account)).toBeUndefined()
  expect(expandAccount('https://api.example.com', 'a@b.c')).toBe('https://api.example.com')
})
