import { expect, test } from 'vitest'
import { missingScope } from '../../../src/auth/oauth2/request-token.js'

test.each([
  ['read_products write_products', 'write_products', undefined],
  ['mail.read', 'https://graph.example/Mail.Read', undefined],
  ['https://graph.example/Mail.Read', 'mail.read', undefined],
  ['api://4f2c/Orders.Read', 'Orders.Read', undefined],
  ['Mail.Read', 'Mail.ReadWrite', undefined],
  ['orders:read', 'orders:write', undefined],
  ['READ', 'read', undefined],
  ['read,write', 'read,write', undefined],
  ['write_products', 'read_products', 'write_products'],
  ['read_products', 'write_orders', 'read_products'],
  ['spread_sheets', 'spwrite_sheets', 'spread_sheets'],
  ['mail.read', 'https://graph.example/', 'mail.read'],
  ['a b', 'b', 'a'],
  ['openid a', 'a', undefined],
  ['a', undefined, undefined],
])('asked for %s, granted %s: misses %s', (asked, granted, missing) => {
  const parts = asked.replaceAll(',', ' ')
  expect(missingScope(parts, granted)).toBe(missing)
})

test('what a definition says is implied is granted', () => {
  const implied = { Admin: ['orders', 'https://api.example/items'] }
  expect(missingScope('orders items more', 'admin', implied)).toBe('more')
  expect(missingScope('orders', 'other', implied)).toBe('orders')
})
