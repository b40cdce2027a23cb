import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAuthorizationHandler } from '../../src/web/create-authorization-handler.js'
import { urlOfThisSite, readPublicUrl } from '../../src/web/public-url.js'

const place = readPublicUrl('https://app.example/connections')

test.each([
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '\t//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\u0000/evil.example',
  ' //evil.example',
  'https://evil.example',
  'HTTPS:evil.example',
  'https:/evil.example',
  'https://app.example@evil.example/',
  'https://app.example.evil.example/',
  '@evil.example',
  'evil.example',
  'settings',
  '',
  '.',
  '?next=/',
  '#x',
  'javascript:alert(1)',
  'data:text/html,x',
  '/\u202e/evil',
  `/${'a'.repeat(5000)}`,
  7,
  null,
  { toString: () => '/settings' },
])('next %j leads nowhere', (next) => {
  expect(urlOfThisSite(next, place)).toBeUndefined()
})

test.each([
  ['/settings', 'https://app.example/settings'],
  ['/', 'https://app.example/'],
  ['/a?b=https://other.example/#c', 'https://app.example/a?b=https://other.example/#c'],
  ['/%2F%2Fevil.example', 'https://app.example/%2F%2Fevil.example'],
  ['/a/..//evil.example', 'https://app.example//evil.example'],
  ['/einstellungen/übersicht', 'https://app.example/einstellungen/%C3%BCbersicht'],
])('next %j leads to %s', (next, url) => {
  expect(urlOfThisSite(next, place)).toBe(url)
})

test('whatever next is, it stays on this site as browsers read it', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '\\', '//', ':', '@', '\t', '\r', '\n', '%2f', '%5c', '.', '..', 'https:'),
    fc.constantFrom('evil.example', 'javascript:', '?', '#', '\u2028', '\u00a0', '\ufeff'),
    fc.string({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
      const url = urlOfThisSite(parts.join(''), place)
      fc.pre(url !== undefined)
      expect(new URL(url).origin).toBe('https://app.example')
    }),
  )
})

const withHome = (url: string) => () =>
  createAuthorizationHandler({
    keeper: {} as never,
    publicUrl: 'https://app.example/connections',
    mayConnect: () => true,
    home: { label: 'Back', url },
  })

test.each([
  'javascript:alert(1)',
  'JAVA\tscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  '//evil.example',
  '/\\evil.example',
  'https://user:pass@app.example/',
  'https://',
  'settings',
  '',
])('home.url %j is refused', (url) => {
  expect(withHome(url)).toThrow(/^home\.url must be an http or https URL/)
})

test.each(['/', '/settings', 'https://app.example/settings', 'http://localhost:3000/'])(
  'home.url %j is taken',
  (url) => {
    expect(withHome(url)).not.toThrow()
  },
)
