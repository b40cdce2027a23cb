import * as z from 'zod'
import { Secret } from '../sealing/secret.js'
import type { AuthKind } from './auth-kind.js'
import { mintStatic } from './mint-static.js'
import { neededField } from './needed-field.js'
import { withHeader } from './with-header.js'

/** Credential fields `username` and `password`; as one text: `username:password`. RFC 7617, UTF-8. */
export interface BasicAuth {
  readonly kind: 'basic'
}

/** HTTP Basic authentication (RFC 7617). */
export function basic(): BasicAuth {
  return { kind: 'basic' }
}

// RFC 7617 section 2: no control characters in either, no colon in the user name.
const CONTROL = /[\x00-\x1f\x7f]/

export const basicKind: AuthKind<BasicAuth> = {
  kind: 'basic',
  madeBy: 'basic()',
  schema: z.strictObject({ kind: z.literal('basic') }),
  examples: { '': 'auth: basic()' },
  fields: () => ['username', 'password'],
  fieldsOfText: (text) => {
    const [username = '', ...rest] = text.reveal().split(':')
    return rest.length === 0
      ? { username: text }
      : { username: new Secret(username), password: new Secret(rest.join(':')) }
  },
  checkFields: ({ username, password }) => {
    if (username === undefined || password === undefined)
      return `it lacks ${username === undefined ? 'username' : 'password'}: give both fields, or one text username:password`
    if (username.reveal().includes(':')) return 'username holds a colon, which Basic can not carry'
    return [username, password].some((one) => CONTROL.test(one.reveal()))
      ? 'username or password holds a control character'
      : undefined
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: () => ({ headers: ['authorization'] }),
  mint: mintStatic,
  authorize: (request, token) => {
    const username = neededField(token, 'username').reveal()
    const password = neededField(token, 'password').reveal()
    const pair = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
    return withHeader(request, 'authorization', `Basic ${pair}`)
  },
}
