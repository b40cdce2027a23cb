import { describe, expect, test } from 'vitest'
import type { SecretReference } from '../../src/contract/credential.js'
import { isSecretReference, secret } from '../../src/definition/secret-reference.js'
import { CANARY, expectNoCanary, printed } from './expect-failure.js'

test.each(['env:SHOPIFY_SECRET', 'env:_a1', 'file:/run/secrets/erp', 'file:/a b/ü.txt'])(
  '%s names a secret',
  (reference) => {
    const made = secret(reference)
    expect(made.secret).toBe(reference)
    expect(Object.isFrozen(made)).toBe(true)
    expect(isSecretReference(made)).toBe(true)
  },
)

describe('what names no secret is refused, shown right, and not repeated', () => {
  test.each([
    CANARY,
    '',
    'env:',
    'env:1A',
    'env:A-B',
    `env:${CANARY}`,
    'env:A\n',
    'ENV:A',
    'file:relative',
    'file:/',
    'file://host/path',
    'file:/a\0b',
    'file:/a\nb',
    'vault:a',
    { toString: () => 'env:A' } as unknown as string,
    undefined as unknown as string,
  ])('case %#', (reference) => {
    let error: unknown
    try {
      secret(reference)
    } catch (reason) {
      error = reason
    }
    expect(error).toBeInstanceOf(TypeError)
    expect(printed(error)).toContain(`secret('env:NAME')`)
    expectNoCanary(printed(error))
  })
})

test('a plain text is refused by type and at run time', () => {
  // @ts-expect-error a text is no reference
  const typed: SecretReference = 'env:NAME'
  expect(isSecretReference(typed)).toBe(false)
  for (const value of [CANARY, 'env:NAME', { secret: 'env:NAME' }, null, undefined, 1])
    expect(isSecretReference(value)).toBe(false)
})
