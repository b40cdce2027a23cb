import * as z from 'zod'
import { refusePlainSecrets } from '../../definition/plain-secret.js'
import { fieldName, plainText } from '../../definition/text-rules.js'
import { contradictions } from './contradictions.js'

const FORM = /^(?:[^{}]|\{[A-Za-z_][\w:-]*\})*$/

const placedTemplate = plainText.regex(FORM, {
  message: 'holds a brace that belongs to no placeholder',
})

/** Line feeds join the lines of what is signed. */
const signedTemplate = z
  .string()
  .regex(/^[\x20-\x7e\n\r\t]{1,2000}$/, {
    message: 'must be text of printable ASCII characters and line feeds, not empty',
  })
  .regex(FORM, { message: 'holds a brace that belongs to no placeholder' })

const encoding = z.enum(['hex', 'hex-upper', 'base64', 'base64url', 'base64-of-hex'])

const hmacHeader = z.union([
  placedTemplate,
  z.strictObject({
    before: z.string().regex(/^[\x20-\x7e]{0,100}$/, {
      message: 'must be text of printable ASCII characters on one line',
    }),
    base64: placedTemplate,
  }),
])

export const hmacSchema = z
  .strictObject({
    kind: z.literal('hmac'),
    algorithm: z.enum(['hmac-sha1', 'hmac-sha256', 'hmac-sha512', 'sha1', 'sha256', 'sha512']),
    text: signedTemplate,
    textEncoding: z.exactOptional(z.literal('base64')),
    encoding,
    keyEncoding: z.exactOptional(z.enum(['text', 'hex', 'base64'])),
    fields: z.exactOptional(z.array(fieldName).max(10)),
    timestamp: z.exactOptional(
      z.enum(['seconds', 'milliseconds', 'iso', 'iso-milliseconds', 'rfc1123', 'rfc2822']),
    ),
    nonce: z.exactOptional(z.enum(['uuid', 'hex'])),
    bodyHash: z.exactOptional(
      z.strictObject({
        hash: z.enum(['md5', 'sha1', 'sha256', 'sha512']),
        encoding,
        ifEmpty: z.exactOptional(z.literal('nothing')),
      }),
    ),
    headers: z.exactOptional(z.record(z.string(), hmacHeader).superRefine(refusePlainSecrets)),
    query: z.exactOptional(z.record(plainText, placedTemplate).superRefine(refusePlainSecrets)),
  })
  .superRefine((auth, context) => {
    for (const { path, message } of contradictions(auth))
      context.addIssue({ code: 'custom', path: [...path], message })
  })
