import * as z from 'zod'
import type { SecretReference } from '../contract/credential.js'
import { pathProblem, writtenPathProblem } from './at-path.js'
import { isSecretReference } from './secret-reference.js'

/** What the name of a header may look like (RFC 9110 section 5.6.2), for messages. */
export const HEADER_NAME = 'letters, digits and -, not one that HTTP itself needs'

const HTTP_OWN = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a header is for HTTP itself to set: it frames the request or concerns the one connection. */
export function isHttpOwn(name: string): boolean {
  return HTTP_OWN.has(name.toLowerCase())
}

/** A header that a connector may set. */
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, {
    message: `must be the name of a header: ${HEADER_NAME}`,
  })
  .refine((name) => !isHttpOwn(name), {
    message: 'is a header that HTTP itself needs',
  })

/** One line of printable text. */
export const plainText = z.string().regex(/^[\x20-\x7e]{1,2000}$/, {
  message: 'must be text of printable ASCII characters on one line, not empty',
})

/** What the fields of a credential may be called. */
export const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, {
    message: 'must be a name of letters, digits and _ that begins with a letter',
  })
  // An object without such a field still has a function under these names.
  .refine((name) => !(name in Object.prototype), { message: 'is a name of JavaScript itself' })
  .refine((name) => name !== 'reference' && name !== 'sealed', {
    message: 'is what connect takes in place of fields',
  })

/** A path into JSON, as `atPath` reads it: `data.orders`, `data['a.b']`, `$.data[*].id`. */
export const jsonPath = pathRule(pathProblem)

/** A path to a place that is written into: names only. */
export const writtenPath = pathRule(writtenPathProblem)

function pathRule(problemOf: (path: string) => string | undefined) {
  return z.string().superRefine((path, context) => {
    const message = problemOf(path)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

/** A whole number of milliseconds, at most ten years. */
export const milliseconds = z.int().min(0).max(315_360_000_000)

/** The status of a final answer (RFC 9110 section 15). */
export const httpStatus = z.int().min(200).max(599)

/** The name of a secret in a definition; the secret itself is refused, and not repeated. */
export const secretReference = z.custom<SecretReference>(isSecretReference, {
  message: `must be the name of a secret, never the secret itself: use secret('env:NAME') or secret('file:/path')`,
})
