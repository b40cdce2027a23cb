import fc from 'fast-check'
import { good, HELD } from './mint-with-answer.js'

/** Values that break readers: prototype keys, huge and odd numbers, deep nesting, broken text. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(1e308, -1e308, 5e-324, 2 ** 53, -0, '', ' ', '\0', '\ud800', HELD),
  fc.constantFrom<unknown>('1e999', '0x10', '９', 'NaN', '12:99:99', '1h', 'P1D', '-5', '+3'),
  fc.constantFrom<unknown>(['__proto__'], { __proto__: { access_token: 'x' } }, [[[[[[]]]]]]),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const names = fc.constantFrom(
  ...['access_token', 'refresh_token', 'expires_in', 'token_type', 'scope', 'id_token'],
  ...['refresh_token_expires_in', 'error', 'ok', 'data', 'constructor', 'toString', '__proto__'],
)
/** A good answer with members changed, added or written twice. */
export const mutated = fc
  .array(fc.tuple(names, odd), { minLength: 1, maxLength: 5 })
  .map((changes) => {
    const entries: [string, unknown][] = [...Object.entries(good), ...changes]
    const members = entries.map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    )
    return `{${members.join(',')}}`
  })
const nested = fc
  .integer({ min: 1, max: 3000 })
  .map((depth) => '['.repeat(depth) + ']'.repeat(depth))
const cut = fc.tuple(mutated, fc.nat(200)).map(([text, length]) => text.slice(0, length))
/** Anything that an endpoint might send. */
export const bodies = fc.oneof(
  { weight: 5, arbitrary: mutated },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: fc.json({ maxDepth: 5 }) },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
