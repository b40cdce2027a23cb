import * as z from 'zod'
import { CONNECTOR_RULE, isConnectorName } from '../contract/connection-ref.js'
import { MAX_LEASE_AGE_MS } from '../contract/lease.js'
import type { AuthLike } from '../auth/kind/auth-kind.js'
import { authKindOf, authSchema } from '../auth/registry.js'
import { answerField } from '../pagination/fields.js'
import { paginationSchema } from '../pagination/registry.js'
import { checkLocations, checkUrls } from './check-definition.js'
import { type ConnectRules, connectSchema, unknownConnectFields } from './connect-section.js'
import { limitsSchema } from './limits.js'
import { hostPattern } from '../definition/host-rule.js'
import { blockProblem } from '../definition/network-blocks.js'
import { refusePlainSecrets } from '../definition/plain-secret.js'
import {
  headerName,
  httpStatus,
  jsonPath,
  milliseconds,
  plainText,
  writtenPath,
} from '../definition/text-rules.js'
import { baseUrl, origin } from '../definition/url-rules.js'
import type { VariableRule } from '../definition/variables.js'
import { checkWriting, writingShape } from './writing.js'

const zodSchema = z.custom<z.ZodType>(
  (value) => typeof value === 'object' && value !== null && '_zod' in value,
  { message: 'must be a zod schema' },
)

const PATH = /^\/(?!\/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@%/]|\{[A-Za-z_][A-Za-z0-9_]*\})*$/

const path = z
  .string()
  .regex(PATH, {
    message: 'must begin with one / and hold no query, fragment or space; parameters are {name}',
  })
  .refine((text) => !text.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part)), {
    message: 'must not have . or .. in it',
  })

const jsonMediaType = z
  .string()
  .regex(/^application\/(?:json|[\w.+-]+\+json)(?:; ?[\w-]+=[\w.-]+)*$/, {
    message: `must be a media type of JSON, as 'application/vnd.api+json'`,
  })

const endpointSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path,
  query: z.exactOptional(zodSchema),
  body: z.exactOptional(zodSchema),
  response: z.exactOptional(zodSchema),
  items: z.exactOptional(jsonPath),
  empty: z.exactOptional(z.literal('omitted')),
  itemSchema: z.exactOptional(zodSchema),
  id: z.exactOptional(jsonPath),
  paginate: z.exactOptional(paginationSchema),
  readAhead: z.exactOptional(
    z.strictObject({
      pages: z.int().min(1).max(16),
      maxBytes: z.exactOptional(z.int().min(1).max(1_073_741_824)),
    }),
  ),
  total: z.exactOptional(answerField),
  batch: z.exactOptional(
    z.strictObject({ size: z.int().min(1).max(10_000), items: z.exactOptional(writtenPath) }),
  ),
  idempotency: z.exactOptional(
    z.strictObject({ header: headerName, id: z.exactOptional(jsonPath) }),
  ),
  ...writingShape,
  contentType: z.exactOptional(jsonMediaType),
  accept: z.exactOptional(plainText),
  maxBytes: z.exactOptional(z.int().min(1).max(1_073_741_824)),
  timeoutMs: z.exactOptional(milliseconds.min(1)),
})

const expiredSchema = z.strictObject({
  status: z.exactOptional(z.array(httpStatus)),
  statusOncePastExpiry: z.exactOptional(z.array(httpStatus)),
  header: z.exactOptional(z.strictObject({ name: headerName, includes: plainText })),
  html: z.exactOptional(z.literal(true)),
  body: z.exactOptional(
    z.strictObject({
      path: jsonPath,
      equals: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
    }),
  ),
})

const networkSchema = z.strictObject({
  privateAddresses: z.exactOptional(
    z
      .union([z.boolean(), z.array(z.string()).min(1)], {
        message: `must be true, or a list of blocks: ['10.20.0.0/16']`,
      })
      .superRefine((blocks, context) => {
        if (typeof blocks === 'boolean') return
        blocks.forEach((block, index) => {
          const message = blockProblem(block)
          if (message !== undefined) context.addIssue({ code: 'custom', path: [index], message })
        })
      }),
  ),
  proxy: z.exactOptional(z.boolean()),
})

const variableName = z.string().regex(/^(?!account$)[A-Za-z_]\w{0,39}$/, {
  message: `must be a name of letters and digits, and not 'account', which is always there`,
})

const variableSchema = z
  .strictObject({
    from: z.enum(['credential', 'answer']),
    form: z.enum(['label', 'host', 'origin', 'segment']),
    path: z.exactOptional(jsonPath),
    hosts: z.exactOptional(z.array(hostPattern).min(1)),
  })
  .refine(
    (rule) => (rule.form === 'host' || rule.form === 'origin') === (rule.hosts !== undefined),
    {
      path: ['hosts'],
      message: 'must list the hosts that are allowed, for the forms host and origin and no other',
    },
  )
  .refine((rule) => rule.from === 'answer' || rule.path === undefined, {
    path: ['path'],
    message: 'belongs to a value of the token answer',
  })

/** The shape of a connector's definition. */
export const connectorSchema = z
  .strictObject({
    id: z.string().refine(isConnectorName, { message: `must be a name: ${CONNECTOR_RULE}` }),
    baseUrl,
    auth: authSchema,
    endpoints: z.record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
        message: 'must be named by letters, digits and . _ -',
      }),
      endpointSchema,
    ),
    variables: z.exactOptional(z.record(variableName, variableSchema)),
    headers: z.exactOptional(z.record(headerName, plainText).superRefine(refusePlainSecrets)),
    verify: z.exactOptional(z.string()),
    identity: z.exactOptional(
      z
        .strictObject({ subject: z.exactOptional(jsonPath), name: z.exactOptional(jsonPath) })
        .refine(({ subject, name }) => subject !== undefined || name !== undefined, {
          message: 'must name subject or name',
        }),
    ),
    connect: z.exactOptional(connectSchema),
    origins: z.exactOptional(z.array(origin)),
    network: z.exactOptional(networkSchema),
    expired: z.exactOptional(expiredSchema),
    limits: z.exactOptional(limitsSchema),
    maxLeaseAgeMs: z.exactOptional(z.int().min(1000).max(MAX_LEASE_AGE_MS)),
  })
  .superRefine(checkVerify)
  .superRefine(checkConnect)
  .superRefine(checkUrls)
  .superRefine(checkLocations)
  .superRefine(checkWriting)

function checkVerify(
  definition: {
    readonly verify?: string | undefined
    readonly identity?: object | undefined
    readonly auth: AuthLike
    readonly endpoints: Readonly<Record<string, { readonly method: string; readonly path: string }>>
  },
  context: z.core.$RefinementCtx,
): void {
  if (definition.verify === undefined) {
    const message = 'is read from the answer of a verify endpoint, and verify names none'
    if (definition.identity !== undefined)
      context.addIssue({ code: 'custom', path: ['identity'], message })
    return
  }
  const endpoint = Object.hasOwn(definition.endpoints, definition.verify)
    ? definition.endpoints[definition.verify]
    : undefined
  const { auth } = definition
  const inBody = authKindOf(auth).carriers?.(auth).body !== undefined
  const method = inBody ? 'POST' : 'GET'
  if (endpoint?.method === method && !endpoint.path.includes('{')) return
  const message =
    endpoint === undefined
      ? 'must be the name of one of the endpoints'
      : `must name an endpoint that is read by ${method} and has no path parameters`
  context.addIssue({ code: 'custom', path: ['verify'], message })
}

function checkConnect(
  definition: {
    readonly connect?: ConnectRules | undefined
    readonly auth: AuthLike
    readonly variables?: Readonly<Record<string, Pick<VariableRule, 'from'>>> | undefined
  },
  context: z.core.$RefinementCtx,
): void {
  const { auth, variables = {}, connect = {} } = definition
  const given = Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
  const known = [...authKindOf(auth).fields(auth), ...given]
  for (const name of unknownConnectFields(connect, known)) {
    const message = `is no field of the credential; there are ${known.join(', ') || 'none'}`
    context.addIssue({ code: 'custom', path: ['connect', 'fields', name], message })
  }
}
