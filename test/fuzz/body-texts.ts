import { CANARY } from '../activities/activity-bench.js'
import type { Dice } from './dice.js'

/** Numbers that many readers change. */
const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '7',
    '1.0',
    '1e2',
    '0.1',
    '100.50',
    '12345678901234567890',
    '9007199254740993',
  ],
  ...['-9007199254740993', '0.1234567890123456789', '123456789012345678.987654321', '1e400'],
  ...['-1e400', '1e-400', '5e-324', '4.9406564584124654e-324', '1.7976931348623157e308', '1E+2'],
  ...[
    '0.30000000000000004',
    '3.141592653589793238462643',
    '1e21',
    '1e-7',
    '100000000000000000000000',
  ],
] as const
const TEXTS = [
  ...[
    '""',
    '"a"',
    '"é"',
    '"日本語"',
    '"\\u00e9"',
    '"😀"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\udc00x"',
  ],
  ...[
    '"\uFFFD"',
    '"a\\u0000b"',
    '"\\\\\\""',
    '"  "',
    '"1e400"',
    '"12345678901234567890"',
    '"</script>"',
  ],
  ...[
    '"2024-02-30T25:00:00Z"',
    '"‮txet"',
    '"\u2028"',
    `"${CANARY}"`,
    '"null"',
    '"[object Object]"',
  ],
] as const
const NAMES = [
  ...[
    'id',
    'id',
    'total',
    'name',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'a.b',
  ],
  ...['length', 'then', 'toJSON', 'é', '0', 'error', 'next', 'count', 'id '],
] as const

/** A value of JSON, as text. */
export function jsonText(dice: Dice, depth = 3): string {
  const way = dice.number(depth === 0 ? 10 : 14)
  if (way < 4) return dice.pick(NUMBERS)
  if (way < 8) return dice.pick(TEXTS)
  if (way < 10) return dice.pick(['true', 'false', 'null', String(dice.number(1e9))])
  const space = dice.pick(['', '', ' ', '\n\t', '\r\n'])
  const parts = Array.from({ length: dice.number(4) }, () => jsonText(dice, depth - 1))
  if (way === 10) return `[${space}${parts.join(`${space},`)}${space}]`
  const members = parts.map((part) => `${JSON.stringify(dice.pick(NAMES))}${space}:${space}${part}`)
  return `{${space}${members.join(`,${space}`)}${space}}`
}

/** What no reader of JSON takes, or only some do. */
function brokenText(dice: Dice): string {
  return dice.one(
    () => '',
    () => ' \n ',
    () => '<!DOCTYPE html><html><body>Please log in</body></html>',
    () => `<html>${CANARY}</html>`,
    () => '{"orders":[{"id":1},{"id":2}',
    () => '{"orders":[{"id":1}],}',
    () => "{'orders':[]}",
    () => '[1,2,]',
    () => 'NaN',
    () => '{"a":Infinity}',
    () => '{"a":01}',
    () => '{"a":1}{"a":2}',
    () => 'undefined',
    () => 'OK',
    () => `)]}',\n{"orders":[]}`,
    () => '{"a":"\n"}',
    () => '\0\0\0\0',
    () => '['.repeat(dice.pick([900, 1001, 5000, 100_000])),
  )
}

function deepText(dice: Dice): string {
  const depth = dice.pick([10, 500, 990, 1001, 2000, 20_000])
  const [open, close] = dice.pick([['[', ']'] as const, ['{"a":', '}'] as const])
  return `${open.repeat(depth)}1${close.repeat(depth)}`
}

function longText(dice: Dice): string {
  const length = dice.pick([1000, 20_000, 100_000])
  return dice.one(
    () => `{"a":"${'x'.repeat(length)}"}`,
    () => `{"a":"${'\\"'.repeat(length / 2)}"}`,
    () => `{"a":${'1234567890'.repeat(length / 10)}}`,
    () => `{"a":0.${'1234567890'.repeat(length / 10)}}`,
    () => `[${'0.1234567890123456789,'.repeat(length / 30)}1]`,
    () => `{"${'n'.repeat(length)}":1}`,
    () => `{"a":"${'é'.repeat(length / 2)}"}`,
    () => `[${'[],'.repeat(length / 3)}1]`,
    () => `{"a":"${'1'.repeat(length)}","b":1e400}`,
  )
}

/** The body of an answer to a call. */
export function anyBody(dice: Dice): string {
  const way = dice.number(20)
  if (way < 12) return jsonText(dice)
  if (way < 13) return `{"id":1,"id":${dice.pick(NUMBERS)},"__proto__":{"x":1}}`
  if (way < 14) return deepText(dice)
  if (way < 15) return longText(dice)
  if (way < 16) return `  ${jsonText(dice)}\n`
  return brokenText(dice)
}

/** The body of a page, whose list is at `orders`. */
export interface PageText {
  readonly text: string
  /** It names a page that can be asked for, in the one way in which pages are named here. */
  readonly goesOn: boolean
}

/** @param pageUrl of the page, without a query */
export function pageBody(dice: Dice, pageUrl: string): PageText {
  const way = dice.number(20)
  if (way < 4) return { text: brokenText(dice), goesOn: false }
  if (way < 5) return { text: jsonText(dice), goesOn: false }
  const records = Array.from({ length: dice.number(5) }, (_, at) =>
    dice.one(
      () => `{"id":${String(at)},"total":${dice.pick(NUMBERS)},"note":${dice.pick(TEXTS)}}`,
      () => jsonText(dice),
    ),
  )
  const list =
    way < 16 ? `[${records.join(',')}]` : dice.pick(['null', '{}', '""', '5', '"x"', '{"a":1}'])
  const next = dice.one(
    () => undefined,
    () => undefined,
    () => undefined,
    () => ({ value: JSON.stringify(`${pageUrl}?page=${String(dice.number(1e9))}`), good: true }),
    () => ({ value: JSON.stringify(`?page=${String(dice.number(1e9))}`), good: true }),
    () => ({ value: jsonText(dice), good: false }),
    () => ({ value: JSON.stringify(oddUrl(dice)), good: false }),
    () => ({ value: JSON.stringify(`${pageUrl}?key=${CANARY}`), good: false }),
  )
  const more = dice.pick(['', ',"total":2', ',"count":1e400', ',"error":"no"', `,"x":"${CANARY}"`])
  const pointer = next === undefined ? '' : `,"next":${next.value}`
  const twice = dice.chance(0.03) ? '"orders":[{"id":"first"}],' : ''
  return {
    text: `{${twice}"orders":${list}${pointer}${more}}`,
    goesOn: next?.good === true,
  }
}

/** Where no link or redirect may lead, or hardly. */
export function oddUrl(dice: Dice): string {
  const long = 'a'.repeat(dice.pick([64, 254, 3000]))
  return dice.pick([
    'https://evil.example/orders',
    `https://${CANARY}.evil.example/x`,
    `https://user:${CANARY}@evil.example/`,
    `https://${long}.example/`,
    `https://${'b.'.repeat(200)}example/`,
    'http://[::1',
    'http://[fe80::1%25eth0]/',
    '//evil.example/x',
    '\\\\evil.example\\x',
    'javascript:alert(1)',
    'file:///etc/passwd',
    `data:text/html,${CANARY}`,
    'blob:http://127.0.0.1/x',
    'http://127.0.0.1:1/',
    'http://169.254.169.254/latest/meta-data/',
    'https://0x7f.1/',
    'http://',
    '',
    ' ',
    '?',
    '#x',
    '/%00',
    `/${long}`,
    '..//..//x',
    'https://exämple.test/ü',
    '\u0000',
    'http://127.0.0.1:99999/',
  ])
}
