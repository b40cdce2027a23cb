import { atPath } from '../../definition/at-path.js'
import { scalarText } from '../../wire/exact-number.js'
import { readJwtClaims } from './read-jwt-claims.js'

/** What a name of an account may look like: it is kept in the open, so that nothing else passes. */
const CLAIM_NAME = /^[\x21-\x7e]{1,300}$/

/**
 * Whose account a token is of: the value at a path of the answer, or `iss` and `sub` of the id token
 * (OpenID Connect Core 1.0 section 2), read without trust. Only ever compared with the one before.
 */
export function subjectIn(
  root: object,
  idToken: string | undefined,
  path: string | undefined,
): string | undefined {
  if (path !== undefined) return toName(atPath(root, path))
  const { sub, iss } = (idToken === undefined ? undefined : readJwtClaims(idToken)) ?? {}
  const subject = toName(sub)
  const issuer = toName(iss)
  return subject === undefined || issuer === undefined ? undefined : `${issuer}#${subject}`
}

function toName(value: unknown): string | undefined {
  const text = scalarText(value)
  return text !== undefined && CLAIM_NAME.test(text) ? text : undefined
}
