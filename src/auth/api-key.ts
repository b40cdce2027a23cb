import * as z from 'zod'
import { fillTemplate, templateProblem } from '../definition/template.js'
import { fieldName, plainText } from '../definition/text-rules.js'
import type { AuthKind } from './kind/auth-kind.js'
import { mintStatic, neededField } from './kind/static-token.js'
import {
  carriersOf,
  type CredentialLocation,
  locationTakenTwice,
  putAt,
  valueProblem,
} from './kind/credential-location.js'
import { locationNameProblem } from './kind/location-name.js'

/** Where a key stands in a request, and which text surrounds it. */
export interface KeyLocation extends CredentialLocation {
  /** Before the key, as `Bearer `. */
  readonly prefix?: string | undefined
  /** Around the key, as `Token token="{key}"`; of several keys each stands by its field, `{applicationKey}`. */
  readonly template?: string | undefined
}

/** Several keys by the credential field that brings each: Datadog's `DD-API-KEY` and `DD-APPLICATION-KEY`. */
export interface SeveralKeys {
  readonly keys: Readonly<Record<string, KeyLocation>>
}

/**
 * Credential of one key: field `apiKey`, or the key as one text. Of several: a field for each, under its
 * name in `keys`.
 */
export type ApiKeyAuth = { readonly kind: 'api-key' } & (KeyLocation | SeveralKeys)

const KEY_LOCATIONS = ['header', 'query', 'body', 'cookie'] as const

const keyShape = {
  in: z.enum(KEY_LOCATIONS),
  name: plainText,
  prefix: z.exactOptional(plainText),
  template: z.exactOptional(plainText),
}

const apiKeySchema = z
  .strictObject({
    kind: z.literal('api-key'),
    ...keyShape,
    in: z.exactOptional(keyShape.in),
    name: z.exactOptional(keyShape.name),
    keys: z.exactOptional(z.record(fieldName, z.strictObject(keyShape))),
  })
  .superRefine(({ kind: _kind, keys, ...one }, context) => {
    const refuse = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    if (keys === undefined) {
      if (one.in === undefined) refuse(['in'], `must be '${KEY_LOCATIONS.join(`' or '`)}'`)
      if (one.name === undefined) refuse(['name'], 'is missing: it must be the name of that place')
      const { in: where, name } = one
      if (where !== undefined && name !== undefined)
        checkLocation({ ...one, in: where, name }, 'key', [], refuse)
      return
    }
    for (const name of Object.keys(one))
      refuse([name], 'belongs to one key; with several it stands under keys')
    if (Object.keys(keys).length === 0) refuse(['keys'], 'must name at least one key')
    for (const [field, location] of Object.entries(keys))
      checkLocation(location, field, ['keys', field], refuse)
    const locations = Object.entries(keys).map(([field, location]) => ({ ...location, field }))
    const twice = locationTakenTwice(locations)
    if (twice !== undefined)
      refuse(['keys', twice.field, 'name'], 'is where another key stands already')
  })

function checkLocation(
  location: KeyLocation,
  placeholder: string,
  path: readonly string[],
  refuse: (path: readonly string[], message: string) => void,
): void {
  const problem = locationNameProblem(location)
  if (problem !== undefined) refuse([...path, 'name'], problem)
  const { template } = location
  if (template === undefined) return
  if (location.prefix !== undefined)
    refuse([...path, 'prefix'], 'does not go with a template: write it into that')
  const wrong = templateProblem(template, [placeholder])
  if (wrong !== undefined) refuse([...path, 'template'], wrong)
  else if (template.split(`{${placeholder}}`).length !== 2)
    refuse([...path, 'template'], `must hold {${placeholder}} once, for the key`)
}

/**
 * An API key in a header, a query parameter, a body field or a cookie:
 * `apiKey({ in: 'header', name: 'X-Api-Key' })`; several at once: `apiKey({ keys: { … } })`.
 */
export function apiKey(options: KeyLocation | SeveralKeys): ApiKeyAuth {
  return { kind: 'api-key', ...options }
}

interface LocatedKey extends KeyLocation {
  readonly field: string
}

function keyFields(auth: ApiKeyAuth): readonly LocatedKey[] {
  if (!('keys' in auth)) return [{ ...auth, field: 'apiKey' }]
  return Object.entries(auth.keys).map(([field, location]) => ({ ...location, field }))
}

function keyText({ prefix = '', template }: LocatedKey, key: string): string {
  return template === undefined ? `${prefix}${key}` : fillTemplate(template, () => key)
}

const API_KEY_EXAMPLE = `apiKey({ in: 'header', name: 'X-Api-Key' })`
const SEVERAL = `apiKey({ keys: { apiKey: { in: 'header', name: 'DD-API-KEY' }, applicationKey: { in: 'header', name: 'DD-APPLICATION-KEY' } } })`

export const apiKeyKind: AuthKind<ApiKeyAuth> = {
  kind: 'api-key',
  madeBy: 'apiKey()',
  schema: apiKeySchema,
  examples: {
    '': `auth: ${API_KEY_EXAMPLE}`,
    in: API_KEY_EXAMPLE,
    name: API_KEY_EXAMPLE,
    prefix: `apiKey({ in: 'header', name: 'Authorization', prefix: 'Bearer ' })`,
    template: `apiKey({ in: 'header', name: 'Authorization', template: 'Token token="{key}"' })`,
    keys: SEVERAL,
  },
  fields: (auth) => keyFields(auth).map(({ field }) => field),
  fieldsOfText: (text, auth) => {
    const [key, ...others] = keyFields(auth)
    return key === undefined || others.length > 0 ? undefined : { [key.field]: text }
  },
  checkFields: (fields, auth) => {
    for (const key of keyFields(auth)) {
      const given = fields[key.field]
      if (given === undefined) return `it lacks the field ${key.field}`
      const problem = valueProblem(key, keyText(key, given.reveal()))
      if (problem !== undefined) return `${key.field} ${problem}`
    }
    return undefined
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: (auth) => carriersOf(keyFields(auth)),
  mint: mintStatic,
  authorize: (request, token, auth) =>
    keyFields(auth).reduce(
      (ready, key) => putAt(ready, key, keyText(key, neededField(token, key.field).reveal())),
      request,
    ),
}
