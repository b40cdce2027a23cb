import * as z from 'zod'
import { REFRESH_MODES } from '../../contract/connector-facts.js'
import { hostPattern } from '../../definition/host-rule.js'
import {
  fieldName,
  headerName,
  httpStatus,
  jsonPath,
  milliseconds,
  plainText,
  secretReference,
} from '../../definition/text-rules.js'
import { serviceUrl } from '../../definition/url-rules.js'
import { type JsonTemplate, LIFETIME_FORMS } from './login-definition.js'
import { patternProblem } from './safe-pattern.js'
import { hasStrayBrace, leadingName } from './templates.js'

const RESERVED_VALUES = new Set(['account', 'session', 'cookies'])

const name = fieldName.refine((text) => !RESERVED_VALUES.has(text), {
  message: `must not be 'account', 'session' or 'cookies', which have a meaning of their own`,
})

const scalar = z.union([z.string(), z.number(), z.boolean()])
const cookieName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/, {
  message: 'must be the name of a cookie (RFC 6265 section 4.1.1)',
})

const STRAY = 'holds a brace that belongs to no {name}; {{ and }} are braces'

const template = z
  .string()
  .max(20_000)
  .refine((text) => !hasStrayBrace(text), { message: STRAY })

const headerTemplate = template.refine((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text), {
  message: 'must be one line of latin-1',
})

const MAX_BODY_DEPTH = 20

function isJsonTemplate(value: unknown, depth = 0): value is JsonTemplate {
  if (depth > MAX_BODY_DEPTH) return false
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  return (
    typeof value === 'object' &&
    Object.values(value).every((part) => isJsonTemplate(part, depth + 1))
  )
}

const json = z
  .custom<JsonTemplate>((value) => isJsonTemplate(value), { message: 'must be plain JSON data' })
  .refine((value) => !isJsonTemplate(value) || !hasStrayBrace(value), { message: STRAY })

const body = z.union(
  [
    z.strictObject({ json }),
    z.strictObject({ form: z.record(z.string().min(1), template) }),
    z.strictObject({ xml: template, contentType: z.exactOptional(plainText) }),
    z.strictObject({ text: template, contentType: plainText }),
  ],
  {
    message:
      'must be one of { json }, { form }, { xml } and { text, contentType }, with every brace part of a {name}',
  },
)

const failureRule = z
  .strictObject({
    status: z.exactOptional(z.array(httpStatus).min(1)),
    json: z.exactOptional(
      z
        .strictObject({
          path: jsonPath,
          equals: z.exactOptional(z.array(scalar).min(1)),
          differs: z.exactOptional(z.array(scalar).min(1)),
        })
        .refine((rule) => rule.equals !== undefined || rule.differs !== undefined, {
          message: `must say what the value 'equals' or 'differs' from`,
        }),
    ),
    html: z.exactOptional(z.literal(true)),
    includes: z.exactOptional(plainText),
    means: z.enum(['refused', 'throttled', 'unavailable', 'misconfigured']),
  })
  .refine(({ means: _, ...conditions }) => Object.keys(conditions).length > 0, {
    message: 'must have a condition: status, json, html or includes',
  })

/** A path, a URL of a service, or the name of a taken URL and a path behind it. */
const url = z.string().superRefine((text, context) => {
  const leading = leadingName(text)
  const rest = leading === undefined ? text : text.slice(leading.length + 2)
  const isPath = rest === '' || /^\/(?!\/)/.test(rest)
  const result = serviceUrl.safeParse(isPath ? `https://base.example${rest}` : text)
  const message = result.success ? undefined : result.error.issues[0]?.message
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const requestShape = {
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url,
  headers: z.exactOptional(z.record(headerName, headerTemplate)),
  query: z.exactOptional(z.record(z.string().min(1), template)),
  basic: z.exactOptional(z.strictObject({ username: template, password: template })),
  body: z.exactOptional(body),
  redirects: z.exactOptional(z.literal('same-origin')),
  success: z.exactOptional(z.array(httpStatus).min(1)),
  failures: z.exactOptional(z.array(failureRule).min(1)),
}

const take = z.record(
  name,
  z.union(
    [
      z.strictObject({ json: jsonPath }),
      z.strictObject({ header: headerName }),
      z.strictObject({ cookie: cookieName, decode: z.exactOptional(z.literal('url')) }),
      z.strictObject({
        pattern: z.string().superRefine((pattern, context) => {
          const message = patternProblem(pattern)
          if (message !== undefined) context.addIssue({ code: 'custom', message })
        }),
      }),
    ],
    { message: 'must be one of { json }, { header }, { cookie } and { pattern }' },
  ),
)

const lifetime = z.union(
  [
    z.strictObject({ ms: milliseconds.min(1000) }),
    z.strictObject({ value: name, form: z.enum(LIFETIME_FORMS) }),
    z.strictObject({ cookie: cookieName }),
  ],
  {
    message: `must be one of { ms }, { value, form: ${LIFETIME_FORMS.map((one) => `'${one}'`).join(' | ')} } and { cookie }`,
  },
)

/** The shape of a login flow; what needs several parts is checked beside it. */
export const loginFlowShape = {
  kind: z.literal('login-flow'),
  credential: z.array(name).max(20),
  plain: z.exactOptional(z.array(name)),
  secrets: z.exactOptional(z.record(name, secretReference)),
  steps: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/, {
          message: 'must be a name of letters, digits, spaces and . _ -, at most 40',
        }),
        ...requestShape,
        take: z.exactOptional(take),
      }),
    )
    .min(1)
    .max(10),
  token: z.strictObject({
    headers: z.exactOptional(z.record(headerName, headerTemplate)),
    query: z.exactOptional(z.record(z.string().min(1), template)),
    cookies: z.exactOptional(z.union([z.literal('all'), z.array(cookieName).min(1)])),
  }),
  lifetime: z.exactOptional(lifetime),
  keepAlive: z.exactOptional(
    z.strictObject({
      ...requestShape,
      everyMs: z.exactOptional(milliseconds.min(1000)),
      maxAgeMs: z.exactOptional(milliseconds.min(1000)),
      take: z.exactOptional(take),
    }),
  ),
  logout: z.exactOptional(z.strictObject(requestShape)),
  hosts: z.exactOptional(z.array(hostPattern).min(1)),
  answer: z.exactOptional(z.array(name).min(1)),
  subject: z.exactOptional(name),
  oneSessionPerUser: z.exactOptional(z.boolean()),
  legacy: z.exactOptional(z.literal('password-grant')),
  refresh: z.exactOptional(
    z.strictObject({
      minRefreshGapMs: z.exactOptional(milliseconds),
      defaultLifetimeMs: z.exactOptional(milliseconds.min(1000)),
      mode: z.exactOptional(z.enum(REFRESH_MODES)),
      usedWithinMs: z.exactOptional(milliseconds.min(60_000)),
      catchUpMs: z.exactOptional(milliseconds),
    }),
  ),
}
