import * as z from 'zod'
import { refusePlainSecrets } from '../../definition/plain-secret.js'
import { fieldName, plainText, headerName } from '../../definition/text-rules.js'
import { templateNames } from '../../definition/template.js'
import { locationNameProblem } from '../kind/location-name.js'
import type { HmacAuth, HmacHeader } from './definition.js'
import { headerOfPart, REQUEST_PARTS } from './request-parts.js'

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

type Definition = Omit<HmacAuth, 'kind'>

interface Contradiction {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What is made anew for each request: signed, it has to reach the other side. */
const MADE_PARTS = ['timestamp', 'nonce', 'bodyHash'] as const
const RESERVED_FIELDS = new Set([...REQUEST_PARTS.keys(), ...MADE_PARTS, 'secret', 'signature'])

interface PlacedTemplate {
  readonly path: readonly [part: 'headers' | 'query', name: string]
  readonly names: readonly string[]
}

/** Where a definition contradicts itself. */
function contradictions(auth: Definition): Contradiction[] {
  const placed = placedTemplates(auth)
  const text = templateNames(auth.text)
  return [
    ...templateProblems(auth, placed, text),
    ...placementProblems(placed, text),
    ...madeProblems(auth, placed, text),
    ...secretProblems(auth, text),
    ...fieldProblems(auth, [...placed.flatMap(({ names }) => names), ...text]),
  ]
}

function placedTemplates({ headers = {}, query = {} }: Definition): PlacedTemplate[] {
  return [
    ...Object.entries(headers).map(([name, value]) => ({
      path: ['headers', name] as const,
      names: templateNames(templateOf(value)),
    })),
    ...Object.entries(query).map(([name, value]) => ({
      path: ['query', name] as const,
      names: templateNames(value),
    })),
  ]
}

function templateOf(value: HmacHeader): string {
  return typeof value === 'string' ? value : value.base64
}

function templateProblems(
  { fields = [] }: Definition,
  placed: readonly PlacedTemplate[],
  text: readonly string[],
): Contradiction[] {
  const sendable = [...MADE_PARTS, ...fields]
  const unknown = (
    path: readonly string[],
    names: readonly string[],
    known: readonly string[],
  ): Contradiction[] =>
    names.every((name) => known.includes(name) || isHeaderPart(path, name))
      ? []
      : [{ path, message: `holds a placeholder that is none of ${braced(known)}` }]
  return [
    ...unknown(['text'], text, [...REQUEST_PARTS.keys(), ...sendable, 'secret']),
    ...placed.flatMap(({ path, names }) => unknown(path, names, [...sendable, 'signature'])),
  ]
}

function isHeaderPart(path: readonly string[], name: string): boolean {
  const header = headerOfPart(name)
  return path[0] === 'text' && header !== undefined && headerName.safeParse(header).success
}

function placementProblems(
  placed: readonly PlacedTemplate[],
  text: readonly string[],
): Contradiction[] {
  const problems: Contradiction[] = []
  const refuse = (path: readonly string[], message: string): void => {
    problems.push({ path, message })
  }
  if (!placed.some(({ names }) => names.includes('signature')))
    refuse([], 'puts the signature nowhere: write {signature} into a header or a query parameter')
  const seen = new Set<string>()
  for (const { path, names } of placed) {
    const [part, name] = path
    const lowerCase = name.toLowerCase()
    if (part === 'query') continue
    const problem = locationNameProblem({ in: 'header', name })
    if (problem !== undefined) refuse(path, problem)
    if (seen.has(lowerCase)) refuse(path, 'is set twice: names of headers have no case')
    seen.add(lowerCase)
    if (names.includes('signature') && text.some((one) => headerOfPart(one) === lowerCase))
      refuse(path, 'holds the signature, so it can not be signed itself')
  }
  return problems
}

function madeProblems(
  auth: Definition,
  placed: readonly PlacedTemplate[],
  text: readonly string[],
): Contradiction[] {
  return MADE_PARTS.flatMap((name): Contradiction[] => {
    const sent = placed.some(({ names }) => names.includes(name))
    const signed = text.includes(name)
    if (auth[name] === undefined)
      return sent || signed
        ? [{ path: [name], message: `is missing: a template holds {${name}}` }]
        : []
    if (!sent && !signed) return [{ path: [name], message: 'is used by no template' }]
    // The other side has the body; the time and the nonce it can't know.
    return sent || name === 'bodyHash'
      ? []
      : [{ path: [name], message: 'is signed but not sent: put it into a header or the query' }]
  })
}

function secretProblems(auth: Definition, text: readonly string[]): Contradiction[] {
  if (auth.algorithm.startsWith('hmac-')) return []
  if (!text.includes('secret'))
    return [
      {
        path: ['text'],
        message: `is hashed without a key: anybody could. It must hold {secret}, or the algorithm be hmac-${auth.algorithm}`,
      },
    ]
  return auth.keyEncoding === undefined || auth.keyEncoding === 'text'
    ? []
    : [{ path: ['keyEncoding'], message: 'is of a key, and a plain hash has none' }]
}

function fieldProblems({ fields = [] }: Definition, used: readonly string[]): Contradiction[] {
  return fields.flatMap((name, index): Contradiction[] => {
    const path = ['fields', index]
    if (RESERVED_FIELDS.has(name))
      return [{ path, message: 'has a name that means something else here' }]
    if (fields.indexOf(name) < index) return [{ path, message: 'is named twice' }]
    return used.includes(name)
      ? []
      : [{ path, message: `is used by no template: write {${name}} into one` }]
  })
}

function braced(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(', ')
}
