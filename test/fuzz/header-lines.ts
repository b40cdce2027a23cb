import { CANARY } from '../activities/activity-bench.js'
import { oddUrl } from './body-texts.js'
import type { Dice } from './dice.js'

const WAITS = [
  ...[
    '0',
    '1',
    '-1',
    '1e3',
    'soon',
    '',
    '99999999999999999999',
    'NaN',
    '0.5',
    '1, 2',
    '3600',
    '86400000',
  ],
  ...[
    'Wed, 21 Oct 2015 07:28:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    '2099-01-01',
    'PT5M',
    '\u00b2',
    '+1',
  ],
] as const
const TYPES = [
  ...[
    'application/json',
    'text/html',
    'text/plain',
    'application/octet-stream',
    'application/vnd.api+json',
  ],
  ...['', ';', 'application/json;', 'multipart/form-data; boundary=x', 'a/b; charset=', '*/*'],
] as const

/** A header that has nothing to do with how the body is read. Values are Latin-1, as bytes on the wire. */
export function oddHeader(dice: Dice): string {
  const wait = dice.pick(WAITS)
  return dice.one(
    () => `Retry-After: ${wait}`,
    () => `X-RateLimit-Remaining: ${dice.pick(['0', '1', '-1', '1e400', 'none', '0, 0', '5/40'])}`,
    () => `X-RateLimit-Reset: ${wait}`,
    () =>
      `RateLimit: ${dice.pick(['limit=1, remaining=0, reset=99999', '"default";r=0;t=99999999999', ';;;', '=', '"', 'r='])}`,
    () => `RateLimit-Reset: ${wait}`,
    () =>
      `Date: ${dice.pick(['Thu, 01 Jan 1970 00:00:00 GMT', 'yesterday', 'Fri, 31 Dec 9999 23:59:59 GMT', '', '0'])}`,
    () =>
      `WWW-Authenticate: ${dice.pick(['Bearer', 'Bearer error="invalid_token"', 'Bearer error="insufficient_scope"', '"', 'Basic realm="\\', `Digest ${'a=b,'.repeat(200)}`])}`,
    () =>
      `Set-Cookie: ${dice.pick(['a=b', '=', ';;;', 'a=b; Domain=.com', `${CANARY}=1; Max-Age=1e99`, '__Host-a=b; Path=/x', `a=${'c'.repeat(4000)}`])}`,
    () => `Location: ${latin1(oddUrl(dice))}`,
    () => `Link: ${oddLink(dice)}`,
    () => `ETag: ${dice.pick(['"x"', 'W/"', '"'])}`,
    () => `X-Long: ${'x'.repeat(dice.pick([100, 4000, 8000]))}`,
    () => `__proto__: ${dice.pick(['x', 'constructor'])}`,
    () => dice.pick(['constructor: x', 'hasOwnProperty: x', 'toString: x', 'then: x', 'length: 0']),
    () => `X-Text: caf\u00e9 ${dice.pick(['\u00c3\u00a9', '\u00ff\u00fe', '\u0080'])}`,
    () => `X-Echo: ${CANARY}`,
    () => `Vary: ${'*, '.repeat(dice.pick([1, 500]))}`,
    () => 'Trailer: X-End',
    () => `Age: ${wait}`,
    () => `Content-Range: bytes 0-9/${wait}`,
    () => `Content-Language: ${dice.pick(['de', '', '\u00e4'])}`,
    () => `Upgrade: ${dice.pick(['h2c', 'websocket'])}`,
    () => `Alt-Svc: h3="evil.example:443"; ma=${wait}`,
    () => `Strict-Transport-Security: max-age=${wait}`,
  )
}

function oddLink(dice: Dice): string {
  return dice.one(
    () => `<${latin1(oddUrl(dice))}>; rel="next"`,
    () => `<${latin1(oddUrl(dice))}; rel=next`,
    () => '<>; rel=next',
    () => '; rel="next"',
    () => `<?page=2>; rel="prev"; title="<x>; rel=\\"next\\""`,
    () => '<?a>; rel=last, '.repeat(300),
    () => `<?key=${CANARY}>; rel="last"`,
    () => '"<"',
  )
}

function latin1(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
}

/** A media type without a charset. */
export function mediaType(dice: Dice): string {
  return dice.chance(0.7) ? 'application/json' : dice.pick(TYPES)
}

/** Lines that break the head itself. */
export function brokenHeader(dice: Dice): string {
  return dice.pick([
    'No colon here',
    'Space : x',
    ': no name',
    'X-Nul: a\0b',
    'X-Folded: a\r\n b',
    'X-Bare: a\rb',
    'X\u00e9: y',
    `X-Huge: ${'x'.repeat(40_000)}`,
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, chunked',
    'Content-Length: 3',
    'Content-Length: -1',
    'Content-Length: 0x10',
    'Content-Length: 99999999999999999999',
    'Content-Length: 1, 1',
    'Content-Length:',
    'Content-Length: 1e1',
  ])
}
