import * as z from 'zod'
import { createFailure } from '../contract/failure.js'
import { Secret } from '../sealing/secret.js'
import type { AuthKind, SecretFields } from './kind/auth-kind.js'
import { CONTROL_CHARACTER } from './kind/header-value.js'
import { mintStatic, neededField } from './kind/static-token.js'
import { withHeader } from './kind/put-on-request.js'

/**
 * Credential fields `username` and `password`; as one text: `username:password`. With `key`: field
 * `apiKey`, or the key as one text. RFC 7617, UTF-8.
 */
export type BasicAuth = { readonly kind: 'basic' } & BasicCharset & (BasicPair | BasicKey)

interface BasicCharset {
  /** Default UTF-8 (RFC 7617 section 2.1). `latin1`: for servers that read ISO-8859-1. */
  readonly charset?: 'latin1' | undefined
}

interface BasicPair {
  readonly key?: never
}

/** One key in place of a pair. */
export interface BasicKey {
  /** What the key stands for. `username`: Stripe, Freshdesk; `password`: Mailgun, Azure DevOps. */
  readonly key: 'username' | 'password'
  /** What stands on the other side, no secret (Freshdesk `X`, Mailgun `api`). Default: nothing. */
  readonly fixed?: string | undefined
}

/** HTTP Basic authentication (RFC 7617); `basic({ key: 'username' })` for a key with an empty password. */
export function basic(options: BasicCharset & (BasicPair | BasicKey) = {}): BasicAuth {
  return { kind: 'basic', ...options }
}

// RFC 7617 section 2: no control characters in either, no colon in the user name.
const BEYOND_LATIN1 = /[^\x00-\xff]/

interface BasicCredential {
  readonly username: Secret | undefined
  readonly password: Secret | undefined
}

function pairOf(
  fields: SecretFields,
  { key, fixed = '' }: BasicAuth & Partial<BasicKey>,
): BasicCredential {
  if (key === undefined) return { username: fields.username, password: fields.password }
  const other = new Secret(fixed)
  return key === 'username'
    ? { username: fields.apiKey, password: other }
    : { username: other, password: fields.apiKey }
}

/** What is wrong with a pair; the message calls its parts as the fields of the credential are called. */
function pairProblem({ username, password }: BasicCredential, auth: BasicAuth): string | undefined {
  if (username?.reveal().includes(':') === true)
    return `${auth.key === undefined ? 'username' : 'apiKey'} holds a colon, which a user name in Basic can not carry`
  if (
    auth.charset === 'latin1' &&
    [username, password].some((one) => BEYOND_LATIN1.test(one?.reveal() ?? ''))
  )
    return 'holds a character that ISO-8859-1 does not have'
  return [username, password].some(
    (one) => one !== undefined && CONTROL_CHARACTER.test(one.reveal()),
  )
    ? `${auth.key === undefined ? 'username or password' : 'apiKey'} holds a control character`
    : undefined
}

export const basicKind: AuthKind<BasicAuth> = {
  kind: 'basic',
  madeBy: 'basic()',
  schema: z
    .strictObject({
      kind: z.literal('basic'),
      charset: z.exactOptional(z.literal('latin1')),
      key: z.exactOptional(z.enum(['username', 'password'])),
      fixed: z.exactOptional(
        z.string().refine((text) => !CONTROL_CHARACTER.test(text), {
          message: 'must be one line without control characters',
        }),
      ),
    })
    .superRefine(({ key, fixed }, context) => {
      const refuse = (message: string): void => {
        context.addIssue({ code: 'custom', path: ['fixed'], message })
      }
      if (fixed !== undefined && key === undefined)
        refuse('stands beside a key: say with key which side that is')
      if (key === 'password' && fixed?.includes(':') === true)
        refuse('holds a colon, which a user name in Basic can not carry')
    }),
  examples: {
    '': 'auth: basic()',
    charset: `basic({ charset: 'latin1' })`,
    key: `basic({ key: 'username' })`,
    fixed: `basic({ key: 'password', fixed: 'api' })`,
  },
  fields: ({ key }) => (key === undefined ? ['username', 'password'] : ['apiKey']),
  plainFields: ({ key }) => (key === undefined ? ['username'] : []),
  // RFC 7617 section 2 lets a password be empty. A credential that lacks the field is refused all the same.
  emptyFields: ({ key }) => (key === undefined ? ['password'] : []),
  fieldsOfText: (text, { key }) => {
    if (key !== undefined) return { apiKey: text }
    const [username = '', ...rest] = text.reveal().split(':')
    return rest.length === 0
      ? { username: text }
      : { username: new Secret(username), password: new Secret(rest.join(':')) }
  },
  checkFields: (fields, auth) => {
    const { username, password } = pairOf(fields, auth)
    if (username !== undefined && password !== undefined)
      return pairProblem({ username, password }, auth)
    return auth.key === undefined
      ? `it lacks ${username === undefined ? 'username' : 'password'}: give both fields, or one text username:password`
      : 'it lacks the field apiKey'
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: () => ({ headers: ['authorization'] }),
  mint: mintStatic,
  authorize: (request, token, auth) => {
    neededField(token, auth.key === undefined ? 'username' : 'apiKey')
    const pair = pairOf(token, auth)
    const problem = pairProblem(pair, auth)
    if (problem !== undefined)
      throw createFailure(
        'InvalidInput',
        `The credential's ${problem}: connect again with a clean one.`,
      )
    const password = pair.password ?? neededField(token, 'password')
    const text = `${pair.username?.reveal() ?? ''}:${password.reveal()}`
    const encoded = Buffer.from(text, auth.charset ?? 'utf8').toString('base64')
    return withHeader(request, 'authorization', `Basic ${encoded}`)
  },
}
