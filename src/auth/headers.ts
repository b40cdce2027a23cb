import * as z from 'zod'
import { refusePlainSecrets } from '../definition/plain-secret.js'
import { fillTemplate, templateNames, templateProblem } from '../definition/template.js'
import { fieldName, plainText } from '../definition/text-rules.js'
import type { AuthKind } from './kind/auth-kind.js'
import { mintStatic, neededField } from './kind/static-token.js'
import {
  carriersOf,
  locationName,
  type CredentialLocation,
  locationTakenTwice,
  putAt,
  valueProblem,
} from './kind/credential-location.js'
import { locationNameProblem } from './kind/location-name.js'

/** Credential: the fields of `fields`; where there is one only, also as one text. */
export interface HeadersAuth {
  readonly kind: 'headers'
  /** Templates by the name of the header: `'X-Auth': '{user}:{token}'`. One without a `{field}` is sent as it is. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Templates by the name of the query parameter. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** What a connection brings. A `plain` field is no secret: it may stand in a link that is written down. */
  readonly fields: Readonly<Record<string, 'secret' | 'plain'>>
}

/**
 * Headers and query parameters of your own from templates over the fields of a connection:
 * `headers({ headers: { 'X-Auth': '{user}:{token}' }, fields: { user: 'plain', token: 'secret' } })`.
 */
export function headers(options: Omit<HeadersAuth, 'kind'>): HeadersAuth {
  return { kind: 'headers', ...options }
}

interface TemplatedLocation extends CredentialLocation {
  readonly template: string
  /** In the definition. */
  readonly path: readonly [part: 'headers' | 'query', name: string]
}

function credentialLocations(
  auth: Pick<HeadersAuth, 'headers' | 'query'>,
): readonly TemplatedLocation[] {
  const { headers: inHeaders = {}, query = {} } = auth
  return [
    ...Object.entries(inHeaders).map(([name, template]): TemplatedLocation => ({
      in: 'header',
      name,
      template,
      path: ['headers', name],
    })),
    ...Object.entries(query).map(([name, template]): TemplatedLocation => ({
      in: 'query',
      name,
      template,
      path: ['query', name],
    })),
  ]
}

const templates = z.record(plainText, plainText).superRefine(refusePlainSecrets)

const headersSchema = z
  .strictObject({
    kind: z.literal('headers'),
    headers: z.exactOptional(templates),
    query: z.exactOptional(templates),
    fields: z.record(fieldName, z.enum(['secret', 'plain'])),
  })
  .superRefine((auth, context) => {
    const refuse = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const locations = credentialLocations(auth)
    const fields = Object.keys(auth.fields)
    if (fields.length === 0)
      refuse(['fields'], 'must name a field; an API without credential has none()')
    if (locations.length === 0) refuse([], 'must set a header or a query parameter')
    for (const location of locations) {
      const problem = locationNameProblem(location) ?? templateProblem(location.template, fields)
      if (problem !== undefined) refuse(location.path, problem)
    }
    const twice = locationTakenTwice(locations)
    if (twice !== undefined) refuse(twice.path, 'is set twice: names of headers have no case')
    const used = new Set(locations.flatMap(({ template }) => templateNames(template)))
    for (const field of fields.filter((name) => !used.has(name)))
      refuse(['fields', field], `is used by no template: write {${field}} into one`)
  })

const HEADERS_EXAMPLE = `headers({ headers: { 'X-Auth': '{user}:{token}' }, fields: { user: 'plain', token: 'secret' } })`

export const headersKind: AuthKind<HeadersAuth> = {
  kind: 'headers',
  madeBy: 'headers()',
  schema: headersSchema,
  examples: {
    '': `auth: ${HEADERS_EXAMPLE}`,
    headers: HEADERS_EXAMPLE,
    query: `headers({ query: { user: '{user}', token: '{token}' }, fields: { user: 'plain', token: 'secret' } })`,
    fields: HEADERS_EXAMPLE,
  },
  fields: ({ fields }) => Object.keys(fields),
  plainFields: ({ fields }) => Object.keys(fields).filter((name) => fields[name] === 'plain'),
  fieldsOfText: (text, { fields }) => {
    const [name, ...others] = Object.keys(fields)
    return name === undefined || others.length > 0 ? undefined : { [name]: text }
  },
  checkFields: (given, auth) => {
    const missing = Object.keys(auth.fields).find((name) => given[name] === undefined)
    if (missing !== undefined) return `it lacks the field ${missing}`
    for (const location of credentialLocations(auth)) {
      const text = fillTemplate(location.template, (name) => given[name]?.reveal() ?? '')
      const problem = valueProblem(location, text)
      if (problem !== undefined)
        return `what it makes of ${templateNames(location.template).join(' and ')} for the ${locationName(location)} ${problem}`
    }
    return undefined
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: (auth) => carriersOf(credentialLocations(auth)),
  mint: mintStatic,
  authorize: (request, token, auth) =>
    credentialLocations(auth).reduce((ready, location) => {
      const text = fillTemplate(location.template, (name) => neededField(token, name).reveal())
      return putAt(ready, location, text)
    }, request),
}
