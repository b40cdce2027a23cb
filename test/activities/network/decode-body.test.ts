import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBody, decodeReceived } from '../../../activities/network/decode-body.js'

const JSON_TEXT = `{"id":7,"name":"Müller","note":"${'x y z '.repeat(50)}"}`
const plain = Buffer.from(JSON_TEXT)
const options = { maxBytes: 10_000, unpack: true }

describe('what is read of a content encoding', () => {
  it.each<[string, readonly string[], Buffer]>([
    ['no header', [], plain],
    ['none', ['none'], plain],
    ['UTF-8', ['UTF-8'], plain],
    ['an empty one', [''], plain],
    ['identity', ['identity'], plain],
    ['a word that is none', ['x-nobody'], plain],
    ['gzip', ['gzip'], gzipSync(plain)],
    ['gzip in capitals', [' GZIP '], gzipSync(plain)],
    ['x-gzip', ['x-gzip'], gzipSync(plain)],
    ['gzip in two headers, done once', ['gzip', 'gzip'], gzipSync(plain)],
    ['gzip in two headers, done twice', ['gzip', 'gzip'], gzipSync(gzipSync(plain))],
    ['gzip twice in a line', ['gzip, gzip'], gzipSync(plain)],
    ['gzip, br', ['gzip, br'], brotliCompressSync(gzipSync(plain))],
    ['gzip, br in two headers', ['gzip', 'br'], brotliCompressSync(gzipSync(plain))],
    ['gzip and identity', ['gzip, identity'], gzipSync(plain)],
    ['deflate', ['deflate'], deflateSync(plain)],
    ['raw deflate', ['deflate'], deflateRawSync(plain)],
    ['br', ['br'], brotliCompressSync(plain)],
    ['gzip without a header', [], gzipSync(plain)],
    ['gzip that is called none', ['none'], gzipSync(plain)],
    ['gzip that is not', ['gzip'], plain],
    ['deflate that is not', ['deflate'], plain],
    ['br that is not', ['br'], plain],
  ])('%s', async (_what, lines, body) => {
    const decoded = await decodeBody(body, lines, options)
    expect('body' in decoded && decoded.body.toString()).toBe(JSON_TEXT)
    const headers = { 'content-encoding': lines, 'content-type': 'application/json' }
    expect(await decodeReceived(body, headers, options.maxBytes)).toEqual({ text: JSON_TEXT })
  })

  it.each<[string, readonly string[], Buffer, string]>([
    ['gzip that is cut off', ['gzip'], gzipSync(plain).subarray(0, -12), 'ENCODING_BROKEN'],
    ['zlib that is cut off', ['deflate'], deflateSync(plain).subarray(0, -8), 'ENCODING_BROKEN'],
    ['br that is cut off', ['br'], brotliCompressSync(plain).subarray(0, -8), 'ENCODING_BROKEN'],
    [
      'a coding that nobody knows',
      ['zstd'],
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
      'ENCODING_UNKNOWN',
    ],
    [
      'nine codings',
      ['gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip'],
      gzipSync(plain),
      'ENCODING_UNKNOWN',
    ],
    ['a gzip bomb', ['gzip'], gzipSync(Buffer.alloc(5_000_000)), 'TOO_LARGE'],
    ['a gzip bomb without a header', [], gzipSync(Buffer.alloc(5_000_000)), 'TOO_LARGE'],
    ['a bomb in a bomb', ['gzip, gzip'], gzipSync(gzipSync(Buffer.alloc(5_000_000))), 'TOO_LARGE'],
    ['a deflate bomb', ['deflate'], deflateSync(Buffer.alloc(5_000_000)), 'TOO_LARGE'],
    ['a br bomb', ['br'], brotliCompressSync(Buffer.alloc(5_000_000)), 'TOO_LARGE'],
  ])('%s is %4$s', async (_what, lines, body, fault) => {
    expect(await decodeBody(body, lines, options)).toEqual({ fault })
  })

  it('of a grant that is cut off, as much as has come', async () => {
    const headers = { 'content-encoding': 'gzip' }
    const read = await decodeReceived(gzipSync(plain).subarray(0, -12), headers, 10_000)
    expect(JSON_TEXT.startsWith('text' in read ? read.text.slice(0, 10) : '-')).toBe(true)
    expect('text' in read && read.text.length).toBeGreaterThan(10)
  })
})

const CODINGS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  identity: (body: Buffer) => body,
  none: (body: Buffer) => body,
} as const
const names = fc.constantFrom(...(Object.keys(CODINGS) as (keyof typeof CODINGS)[]))

describe('whatever comes', () => {
  it('is read where it is in the codings that are named, on one line or on several', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json(),
        fc.array(names, { maxLength: 4 }),
        fc.boolean(),
        async (json, codings, isOneLine) => {
          fc.pre(json.length > 0)
          const body = codings.reduce<Buffer>(
            (before, name) => CODINGS[name](before),
            Buffer.from(json),
          )
          const lines = isOneLine ? [codings.join(', ')] : codings
          const decoded = await decodeBody(body, lines, { ...options, maxBytes: 1_000_000 })
          expect('body' in decoded && decoded.body.toString()).toBe(json)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('ends with a body of at most the size, or with a code', async () => {
    const lines = fc.array(
      fc.oneof(names, fc.constantFrom('utf-8', 'gzip, br', 'compress', ', ,', '*')),
      { maxLength: 3 },
    )
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(40_000), names, fc.nat(30)).map(([size, name, cut]) => {
        const whole = CODINGS[name](Buffer.alloc(size, '[0],'))
        return whole.subarray(0, whole.length - cut)
      }),
    )
    await fc.assert(
      fc.asyncProperty(bodies, lines, fc.boolean(), async (body, named, cut) => {
        const decoded = await decodeBody(body, named, { ...options, cut })
        if ('fault' in decoded)
          expect(decoded.fault).toMatch(/^(?:TOO_LARGE|ENCODING_BROKEN|ENCODING_UNKNOWN)$/)
        else expect(decoded.body.length).toBeLessThanOrEqual(Math.max(10_000, body.length))
      }),
      { numRuns: 1000 },
    )
  })
})
