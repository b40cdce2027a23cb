import * as z from 'zod'
import { refusePlainSecrets } from '../../definition/plain-secret.js'
import { fieldName, milliseconds, plainText, secretReference } from '../../definition/text-rules.js'
import { templateNames, templateProblem, textsOf } from '../../definition/template.js'
import { refreshSchema } from '../oauth2/oauth2-schema.js'
import { locationNameProblem } from '../kind/location-name.js'
import type { JwtClaim } from './claim-templates.js'
import { JWT_ALGORITHMS, keyFormatsOf } from './jwt-algorithms.js'

/** The kind itself sets them. */
const TIME_CLAIMS = ['iat', 'exp', 'nbf', 'jti']
/** What they say decides how the whole is read. */
const JWT_HEADERS = ['alg', 'b64', 'crit']

const claim = z.custom<JwtClaim>((value) => z.json().safeParse(value).success, {
  message: 'must be plain JSON, texts in it with {fields} in braces',
})

/** The schema of `JwtAuth`. */
export const jwtSchema = z
  .strictObject({
    kind: z.literal('jwt'),
    algorithm: z.enum(JWT_ALGORITHMS),
    keyFormat: z.enum(['pem', 'base64', 'hex', 'text']),
    key: z.exactOptional(secretReference),
    fields: z.exactOptional(z.array(fieldName)),
    header: z.exactOptional(z.record(plainText, plainText)),
    claims: z.record(plainText, claim).superRefine(refusePlainSecrets),
    lifetimeMs: milliseconds.min(2000),
    backdateMs: z.exactOptional(milliseconds.max(600_000)),
    notBefore: z.exactOptional(z.boolean()),
    tokenId: z.exactOptional(z.boolean()),
    location: z.strictObject({
      in: z.enum(['header', 'query', 'body', 'cookie']),
      name: plainText,
      prefix: z.exactOptional(plainText),
    }),
    refresh: z.exactOptional(refreshSchema.pick({ mode: true, usedWithinMs: true })),
  })
  .superRefine((auth, context) => {
    const refuse = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const { algorithm, keyFormat, fields = [], header = {}, claims, location } = auth
    const formats = keyFormatsOf(algorithm)
    if (!formats.includes(keyFormat))
      refuse(['keyFormat'], `must be '${formats.join(`' or '`)}' for ${algorithm}`)
    const wrongLocation = locationNameProblem(location)
    if (wrongLocation !== undefined) refuse(['location', 'name'], wrongLocation)
    for (const name of TIME_CLAIMS.filter((one) => Object.hasOwn(claims, one)))
      refuse(['claims', name], 'is a claim that the kind itself sets')
    for (const name of JWT_HEADERS.filter((one) => Object.hasOwn(header, one)))
      refuse(['header', name], 'is a part of the header that the kind itself sets')
    const templates = textsOf({ header, claims })
    for (const [path, text] of templates) {
      const problem = templateProblem(text, templateNames(text))
      if (problem !== undefined) refuse(path.split('.'), problem)
    }
    if (fields.includes('key')) refuse(['fields'], 'must not list key, which is there anyway')
    if (new Set(fields).size < fields.length) refuse(['fields'], 'must name each field once')
    const used = new Set(templates.flatMap(([, text]) => templateNames(text)))
    for (const name of fields.filter((one) => !used.has(one)))
      refuse(['fields'], `lists ${name}, which no template uses: write {${name}} into one`)
  })
