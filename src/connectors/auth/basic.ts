import * as z from 'zod'

/** Credential fields `username` and `password`; as one text: `username:password`. RFC 7617, UTF-8. */
export interface BasicAuth {
  readonly kind: 'basic'
}

export const basicSchema = z.strictObject({ kind: z.literal('basic') })

/** HTTP Basic authentication (RFC 7617). */
export function basic(): BasicAuth {
  return { kind: 'basic' }
}
