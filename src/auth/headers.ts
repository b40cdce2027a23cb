import * as z from 'zod'
import { refusePlainSecrets } from '../definition/plain-secret.js'
import { fillTemplate, templateNames, templateProblem } from '../definition/template.js'
import { fieldName, plainText } from '../definition/text-rules.js'
import type { AuthKind } from './auth-kind.js'
import { mintStatic } from './mint-static.js'
import { neededField } from './needed-field.js'
import {
  carriersOf,
  locationName,
  type CredentialLocation,
  placeTakenTwice,
  putAt,
  valueProblem,
} from './credential-location.js'
import { locationNameProblem } from './location-name.js'

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

interface TemplatedPlace extends CredentialLocation {
  readonly template: string
  /** In the definition. */
  readonly path: readonly [part: 'headers' | 'query', name: string]
}

function credentialPlaces(auth: Pick<HeadersAuth, 'headers' | 'query'>): readonly TemplatedPlace[] {
  const { headers: inHeaders = {}, query = {} } = auth
  return [
    ...Object.entries(inHeaders).map(([name, template]): TemplatedPlace => ({
      in: 'header',
      name,
      template,
      path: ['headers', name],
    })),
    ...Object.entries(query).map(([name, template]): TemplatedPlace => ({
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
    const places = credentialPlaces(auth)
    const fields = Object.keys(auth.fields)
    if (fields.length === 0)
      refuse(['fields'], 'must name a field; an API without credential has none()')
    if (places.length === 0) refuse([], 'must set a header or a query parameter')
    for (const place of places) {
      const problem = locationNameProblem(place) ?? templateProblem(place.template, fields)
      if (problem !== undefined) refuse(place.path, problem)
    }
    const twice = placeTakenTwice(places)
    if (twice !== undefined) refuse(twice.path, 'is set twice: names of headers have no case')
    const used = new Set(places.flatMap(({ template }) => templateNames(template)))
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
    for (const place of credentialPlaces(auth)) {
      const text = fillTemplate(place.template, (name) => given[name]?.reveal() ?? '')
      const problem = valueProblem(place, text)
      if (problem !== undefined)
        return `what it makes of ${templateNames(place.template).join(' and ')} for the ${locationName(place)} ${problem}`
    }
    return undefined
  },
  refreshes: () => false,
  consumesGrant: () => false,
  carriers: (auth) => carriersOf(credentialPlaces(auth)),
  mint: mintStatic,
  authorize: (request, token, auth) =>
    credentialPlaces(auth).reduce((ready, place) => {
      const text = fillTemplate(place.template, (name) => neededField(token, name).reveal())
      return putAt(ready, place, text)
    }, request),
}
