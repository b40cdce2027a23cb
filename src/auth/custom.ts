import * as z from 'zod'
import type { SecretReference } from '../contract/credential.js'
import { createFailure } from '../contract/failure.js'
import { isSecretReference } from '../definition/secret-reference.js'
import { refusePlainSecrets } from '../definition/plain-secret.js'
import { fieldName, secretReference } from '../definition/text-rules.js'
import type { AuthKind, MintContext, RefreshOptions, SecretFields } from './kind/auth-kind.js'
import { authorizeBearer } from './kind/bearer.js'
import { functionsOf } from './custom/bind-custom-auth.js'
import {
  callCustom,
  checkedByUser,
  checkedRequest,
  copiedRequest,
  readMinted,
} from './custom/custom-results.js'
import type { CustomAuthFunctions, CustomOptions } from './custom/define-custom-auth.js'
import { mintStatic, neededField } from './kind/static-token.js'
import { refreshSchema } from './oauth2/oauth2-schema.js'

/** Credential: the fields that the definition lists; as one text where it lists one. */
export interface CustomAuth {
  readonly kind: 'custom'
  /** The name under which the worker has its functions: `customAuth: { 'acme-signature': defineCustomAuth({ … }) }`. */
  readonly name: string
  /** The fields of a credential; all of them are needed. */
  readonly fields: readonly string[]
  /** Secrets of the connector, the same for all its connections. The functions get them opened. */
  readonly secrets?: Readonly<Record<string, SecretReference>> | undefined
  /** Whatever else the functions have to know: plain JSON, no secret. */
  readonly options?: CustomOptions | undefined
  /** For functions that return tokens. */
  readonly refresh?: Omit<RefreshOptions, 'defaultLifetimeMs'> | undefined
}

const customSchema = z
  .strictObject({
    kind: z.literal('custom'),
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
      message: 'must be a name of small letters, digits and . _ -',
    }),
    fields: z.array(fieldName).refine((names) => new Set(names).size === names.length, {
      message: 'must name each field once',
    }),
    secrets: z.exactOptional(z.record(fieldName, secretReference)),
    options: z.exactOptional(
      z
        .record(
          z.string(),
          z.custom(isPlainOption, {
            message: 'must be plain JSON; secrets are named under secrets',
          }),
        )
        .superRefine(refusePlainSecrets),
    ),
    refresh: z.exactOptional(refreshSchema.omit({ defaultLifetimeMs: true })),
  })
  .superRefine(({ fields, secrets = {} }, context) => {
    for (const name of fields.filter((one) => Object.hasOwn(secrets, one)))
      context.addIssue({
        code: 'custom',
        path: ['secrets', name],
        message: 'is a field of the credential too: one of them would never be read',
      })
  })

/** Authentication by functions of your own, which the worker has under this name. */
export function custom(name: string, options: Omit<CustomAuth, 'kind' | 'name'>): CustomAuth {
  return { kind: 'custom', name, ...options }
}

export const customKind: AuthKind<CustomAuth> = {
  kind: 'custom',
  madeBy: 'custom()',
  schema: customSchema,
  examples: {
    '': `auth: custom('acme-signature', { fields: ['keyId', 'key'] })`,
    name: `custom('acme-signature', { fields: ['keyId', 'key'] })`,
    fields: `fields: ['keyId', 'key']`,
    secrets: `secrets: { appKey: secret('env:ACME_APP_KEY') }`,
    options: `options: { label: 'sig1' }`,
    refresh: `refresh: { mode: 'on-demand' }`,
  },
  fields: (auth) => auth.fields,
  fieldsOfText: (text, { fields: [only, ...others] }) =>
    only === undefined || others.length > 0 ? undefined : { [only]: text },
  checkFields: (fields, auth) => {
    const missing = auth.fields.find((name) => (fields[name]?.reveal() ?? '') === '')
    if (missing !== undefined) return `it lacks the field ${missing}`
    const check = functionsOf(auth)?.checkFields
    return check && checkedByUser(() => check(fields, auth.options ?? {}), fields)
  },
  refreshes: (auth) => functionsOf(auth)?.mint !== undefined,
  consumesGrant: (auth) => {
    const functions = functionsOf(auth)
    return functions?.mint !== undefined && functions.consumesGrant === true
  },
  policy: (auth) => auth.refresh,
  carriers: (auth) => {
    const functions = functionsOf(auth)
    const isBearer = functions?.mint !== undefined && functions.authorize === undefined
    return isBearer ? { headers: ['authorization'] } : (functions?.carriers ?? {})
  },
  signsTime: (auth) => functionsOf(auth)?.signsTime === true,
  mint: async (context) => {
    const { auth, fields, variables, exchangeOnce, now, randomBytes } = context
    const { mint } = boundTo(auth)
    if (mint === undefined) return await mintStatic(context)
    const input = {
      secrets: await withConnectorSecrets(fields, auth, context),
      ...{ options: auth.options ?? {}, variables, exchangeOnce, now, randomBytes },
    }
    const sentAtMs = now()
    const made = await callCustom(() => mint(input))
    return readMinted(made, fields, { name: auth.name, sentAtMs, answeredAtMs: now() })
  },
  authorize: async (request, token, auth, { now, randomBytes, resolve, variables = {} }) => {
    const { authorize, mint } = boundTo(auth)
    for (const name of mint === undefined ? auth.fields : fieldNames(token))
      neededField(token, name)
    if (authorize === undefined) return authorizeBearer(request, token, {})
    const input = {
      request: copiedRequest(request),
      secrets: await withConnectorSecrets(token, auth, { resolve }),
      ...{ options: auth.options ?? {}, variables, now, randomBytes },
    }
    const made = await callCustom(() => authorize(input))
    if (made.outcome === 'returned') return checkedRequest(request, made.value, auth.name)
    throw createFailure(
      'CustomAuthFailed',
      `authorize of the custom authentication '${auth.name}' threw ${made.thrown}; nothing was sent. Look at it on the worker; the request is tried again by itself.`,
    )
  },
}

/** A worker binds them when it starts, or does not start. */
function boundTo(auth: CustomAuth): CustomAuthFunctions {
  const functions = functionsOf(auth)
  if (functions !== undefined) return functions
  throw createFailure(
    'InvalidDefinition',
    `The functions of custom('${auth.name}') are not registered here: give them to the worker as customAuth.`,
  )
}

async function withConnectorSecrets(
  fields: SecretFields,
  { secrets = {} }: CustomAuth,
  { resolve }: Pick<MintContext, 'resolve'>,
): Promise<SecretFields> {
  const opened = Object.entries(secrets).map(
    async ([name, reference]) => [name, await resolve(reference)] as const,
  )
  return { ...Object.fromEntries(await Promise.all(opened)), ...fields }
}

/** A token without any field is an empty credential. */
function fieldNames(token: SecretFields): readonly string[] {
  const names = Object.keys(token)
  return names.length === 0 ? ['accessToken'] : names
}

/** Secrets have a place of their own, where they are opened. */
function isPlainOption(value: unknown): value is CustomOptions[string] {
  return !holdsReference(value) && z.json().safeParse(value).success
}

function holdsReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isSecretReference(value) || Object.values(value).some(holdsReference)
}
