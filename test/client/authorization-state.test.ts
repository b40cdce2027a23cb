import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatState,
  hashText,
  parseState,
  randomText,
} from '../../src/client/authorization-state.js'
import { readCallback } from '../../src/client/authorize.js'

const ref = { connector: 'shop', account: 'acme' }
const RANDOM = 'A'.repeat(43)
const NAME = Buffer.from('shop/acme').toString('base64url')

describe('a state', () => {
  it('finds its connection, whatever that is called', () => {
    const account = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,199}$/)
    const connector = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/)
    fc.assert(
      fc.property(connector, account, (name, of) => {
        const state = { random: randomText(), ref: { connector: name, account: of } }
        expect(parseState(formatState(state))).toEqual(state)
      }),
    )
  })

  it('has 256 random bits, never the same', () => {
    expect(Buffer.from(randomText(), 'base64url')).toHaveLength(32)
    expect(new Set(Array.from({ length: 1000 }, randomText)).size).toBe(1000)
  })

  it.each([
    undefined,
    7,
    '',
    '.',
    RANDOM,
    `${RANDOM}.`,
    `.${NAME}`,
    `${RANDOM.slice(1)}.${NAME}`,
    `${RANDOM}.${NAME}.`,
    `${RANDOM}.${NAME}=`,
    `${RANDOM}.${NAME} `,
    `${RANDOM}.c2hvcC9hY21l\n`,
    `${RANDOM}.${Buffer.from('shop').toString('base64url')}`,
    `${RANDOM}.${Buffer.from('shop/a/b').toString('base64url')}`,
    `${RANDOM}.${Buffer.from('Shop/acme').toString('base64url')}`,
    `${RANDOM}.${Buffer.from('shop/acme\0').toString('base64url')}`,
    `${RANDOM}.${'x'.repeat(1000)}`,
  ])('of another form is none: %j', (state) => {
    expect(parseState(state)).toBeUndefined()
  })

  it('of arbitrary text never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseState(text)
        if (parsed !== undefined) expect(formatState(parsed)).toBe(text)
      }),
    )
  })

  it('is hashed as RFC 7636 appendix B hashes its verifier', () => {
    expect(hashText('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })
})

describe('a callback', () => {
  const state = formatState({ random: RANDOM, ref })
  const read = { state, iss: 'https://login.example', parameters: { code: 'c+1' } }
  const query = `code=c%2B1&state=${state}&iss=https%3A%2F%2Flogin.example`

  it.each([
    ['a URL', new URL(`https://app.example/cb?${query}`)],
    ['the text of a URL', `https://app.example/cb?${query}`],
    ['a URL with a fragment', `https://app.example/cb?${query}#_=_`],
    ['a query', `?${query}`],
    ['a query without its mark', query],
    ['the fields of a form', new URLSearchParams(query)],
  ])('is read from %s', (_name, callback) => {
    expect(readCallback(callback)).toEqual(read)
  })

  it('keeps the code of an error that has the form of one, and never its text', () => {
    const told = (error: string) =>
      readCallback(
        new URLSearchParams({ state, error, error_description: 'canary', error_uri: 'canary' }),
      )
    expect(told('access_denied')).toEqual({ state, error: 'access_denied', parameters: {} })
    expect(told('<script>canary').error).toBe('error')
  })

  it.each([
    ['twice a code', `${query}&code=other`],
    ['twice a state', `${query}&state=${state}`],
    ['more than anybody sends', `code=${'x'.repeat(20_000)}&state=${state}`],
    ['no text', 7 as never],
  ])('with %s is refused', (_name, callback) => {
    expect(() => readCallback(callback)).toThrow(expect.objectContaining({ code: 'InvalidInput' }))
  })

  it('can not make a member of every object', () => {
    readCallback(`state=${state}&__proto__=canary&constructor=canary`)
    expect(({} as Record<string, unknown>)['canary']).toBeUndefined()
  })
})
