import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readText, readTextAnyhow } from '../../src/wire/body-text.js'

const JSON_TYPE = 'application/json'
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

describe('the text of a body', () => {
  it.each<[string, string | undefined, Uint8Array, string]>([
    ['UTF-8 without a word', JSON_TYPE, Buffer.from('{"n":"Müller €"}'), '{"n":"Müller €"}'],
    ['no content type at all', undefined, Buffer.from('{"n":"Müller"}'), '{"n":"Müller"}'],
    ['UTF-8 with a BOM', JSON_TYPE, Buffer.from('\uFEFF{}'), '{}'],
    ['Latin-1 as declared', `${JSON_TYPE}; charset=ISO-8859-1`, latin1('"Müller"'), '"Müller"'],
    ['quoted, odd case and spaces', `${JSON_TYPE} ; Charset = "iso-8859-1"`, latin1('"é"'), '"é"'],
    ['windows-1252', 'text/json; charset=windows-1252', Buffer.from([0x80, 0x92, 0xe9]), '€’é'],
    ['what Latin-1 means on the web', 'text/json; charset=latin1', Buffer.from([0x80]), '€'],
    ['ISO-8859-2', 'a/b; charset=ISO-8859-2', Buffer.from([0xb3]), 'ł'],
    ['ISO-8859-15', 'a/b; charset=ISO-8859-15', Buffer.from([0xa4]), '€'],
    ['windows-1251', 'a/b; charset=windows-1251', Buffer.from([0xcf, 0xf0]), 'Пр'],
    ['Shift_JIS', 'a/b; charset=Shift_JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'],
    ['GBK', 'a/b; charset=gbk', Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), '中文'],
    ['GBK that could be UTF-8', 'a/b; charset=gbk', Buffer.from([0xc4, 0xa3]), '模'],
    ['UTF-16 with a BOM', JSON_TYPE, Buffer.from('\uFEFF{"ü":1}', 'utf16le'), '{"ü":1}'],
    ['UTF-16 the other way round', JSON_TYPE, utf16be('\uFEFF{"ü":1}'), '{"ü":1}'],
    ['UTF-16 without BOM or word', JSON_TYPE, Buffer.from('{"ü":1}', 'utf16le'), '{"ü":1}'],
    ['UTF-16, declared', 'a/b; charset=utf-16be', utf16be('{"ü":1}'), '{"ü":1}'],
    ['a BOM against the word', 'a/b; charset=latin1', Buffer.from('\uFEFF"ü"'), '"ü"'],
    ['UTF-8 against the word', 'a/b; charset=ISO-8859-1', Buffer.from('"Müller"'), '"Müller"'],
    ['UTF-8 against Chinese', 'a/b; charset=gbk', Buffer.from('"中文"'), '"中文"'],
    ['UTF-8 against UTF-16', 'a/b; charset=utf-16', Buffer.from('{"ü":1}'), '{"ü":1}'],
    ['a charset nobody knows on UTF-8', 'a/b; charset=none', Buffer.from('"ü"'), '"ü"'],
    ['an empty word', 'a/b; charset=', Buffer.from('"ü"'), '"ü"'],
    ['nothing', JSON_TYPE, new Uint8Array(), ''],
    ['U+FFFD that the other side wrote', JSON_TYPE, Buffer.from('"\uFFFD"'), '"\uFFFD"'],
  ])('%s', (_what, type, body, text) => {
    expect(readText(body, type)).toEqual({ text })
    expect(readTextAnyhow(body, type)).toBe(text)
  })

  it.each<[string, string, Uint8Array, string]>([
    ['a lone byte', JSON_TYPE, latin1('{"n":"Müller"}'), 'not-utf-8'],
    ['the same, declared', `${JSON_TYPE};charset=utf-8`, latin1('"ü"'), 'not-utf-8'],
    ['half a character at the end', JSON_TYPE, Buffer.from('"ü').subarray(0, 2), 'not-utf-8'],
    ['a surrogate in UTF-8', JSON_TYPE, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not-utf-8'],
    ['half of UTF-16', JSON_TYPE, Buffer.from([0xff, 0xfe, 0x00, 0xd8]), 'not-its-charset'],
    ['an odd byte of UTF-16', JSON_TYPE, Buffer.from([0xff, 0xfe, 0x22]), 'not-its-charset'],
    ['what is not in it', 'a/b; charset=shift_jis', Buffer.from([0x22, 0xff]), 'not-its-charset'],
    ['an unknown charset', 'a/b; charset=x-nobody', latin1('"ü"'), 'unknown-charset'],
  ])('has none: %s', (_what, type, body, problem) => {
    expect(readText(body, type)).toEqual({ problem })
    expect(readTextAnyhow(body, type)).not.toContain('\uFFFD')
  })

  it('never holds a replacement character that was not sent, whatever the bytes and the declaration', () => {
    const charsets = [
      '',
      'utf-8',
      'latin1',
      'windows-1252',
      'gbk',
      'shift_jis',
      'euc-kr',
      'utf-16',
      'big5',
      'x',
    ]
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(...charsets),
        (body, charset) => {
          const type = `${JSON_TYPE}; charset=${charset}`
          fc.pre(!Buffer.from(body).includes(Buffer.from('\uFFFD')))
          const read = readText(body, type)
          // In UTF-16 and GB18030 it has bytes of its own.
          if ('text' in read && !/utf-16|gb/.test(charset) && !body.includes(0))
            expect(read.text).not.toContain('\uFFFD')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('is what was written, in each charset that has the characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('latin1', 'utf8', 'utf16le'),
        (text, charset) => {
          const json = JSON.stringify([text.replace(/\p{Cs}/gu, '')])
          const body = Buffer.from(json, charset)
          fc.pre(charset !== 'latin1' || /^[\0-\x7f\xa0-\xff]*$/.test(json))
          const declared = { latin1: 'iso-8859-1', utf8: 'utf-8', utf16le: 'utf-16le' }[charset]
          const read = readText(body, `${JSON_TYPE}; charset=${declared}`)
          // A text in Latin-1 whose bytes are UTF-8 as well: nobody writes such.
          if (charset !== 'latin1' || !/[\xc2-\xf4][\x80-\xbf]/.test(json))
            expect(read).toEqual({ text: json })
        },
      ),
      { numRuns: 1000 },
    )
  })
})
