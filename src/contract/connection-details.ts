import { isPlainText, isWellFormed, utf8Length } from './outside-values.js'
import { isRecord } from './plain-data.js'

/** What an application and its operators say of a connection. Shown to everybody who may see it: never a secret. */
export interface ConnectionDetails {
  /**
   * To find connections by: `customer:4711`, `team:billing`. Sorted, each once.
   * @example tags: ['customer:4711', 'team:billing']
   */
  readonly tags?: readonly string[] | undefined
  /**
   * Whose connection it is: a user id of the application. Several connections of one owner are normal.
   * @example owner: 'anna'
   */
  readonly owner?: string | undefined
  /** @example description: 'Orders of the shop in Lyon' */
  readonly description?: string | undefined
  /**
   * JSON of the application's own, at most 4 KiB of it. Never a secret: it is stored and shown as it is.
   * @example metadata: { plan: 'pro', since: 2024 }
   */
  readonly metadata?: Metadata | undefined
}

/** A member that is absent stays as it is; `null` removes it. */
export type DetailsChange = {
  readonly [Name in keyof ConnectionDetails]?: ConnectionDetails[Name] | null
}

export type Json = string | number | boolean | null | readonly Json[] | Metadata
export interface Metadata {
  readonly [name: string]: Json
}

export const MAX_TAGS = 20
export const MAX_METADATA_BYTES = 4096
const MAX_TAG = 64
const MAX_OWNER = 200
const MAX_DESCRIPTION = 500
const MAX_METADATA_DEPTH = 16
const TAG = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/
/** What a member is called that would hold a secret. */
const SECRET_NAME =
  /^(?:pass(?:word|wd|phrase)?|secret|(?:client|api|shared)[_-]?secret|(?:api|private|secret)[_-]?key|(?:access|refresh|bearer|auth|id)[_-]?token|credentials?)$/i
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^Bearer \S/

/** What a tag may look like, for messages. */
export const TAG_RULE = `letters, digits and . _ : / @ + -, at most ${MAX_TAG}, as in "customer:4711"`
/** To be said wherever metadata is entered. */
export const METADATA_RULE = `a JSON object of at most ${MAX_METADATA_BYTES} bytes; never a secret, for it is stored and shown as it is`

export function isTag(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TAG && TAG.test(value)
}

export function isOwner(value: unknown): value is string {
  return isPlainText(value, MAX_OWNER)
}

const NAMES = ['tags', 'owner', 'description', 'metadata'] as const

/**
 * The one door for what is said of a connection: the change in its stored form, or why it is none. A
 * reason never repeats a value.
 */
export function readDetailsChange(
  value: unknown,
):
  | { readonly outcome: 'read'; readonly change: DetailsChange }
  | { readonly outcome: 'unreadable'; readonly reason: string } {
  if (!isRecord(value))
    return {
      outcome: 'unreadable',
      reason: `expected an object with ${NAMES.join(', ')}, or some of them`,
    }
  const stranger = Object.keys(value).find((name) => !NAMES.some((one) => one === name))
  if (stranger !== undefined)
    return {
      outcome: 'unreadable',
      reason: `there is nothing of that name to change; there are ${NAMES.join(', ')}`,
    }
  const { tags, owner, description, metadata } = value
  const reason =
    problemOfTags(tags) ??
    problemOfText('owner', owner, MAX_OWNER) ??
    problemOfText('description', description, MAX_DESCRIPTION) ??
    problemOfMetadata(metadata)
  if (reason !== undefined) return { outcome: 'unreadable', reason }
  const change = { tags: toTags(tags), owner, description, metadata: toMetadata(metadata) }
  const given = Object.entries(change).filter(([, one]) => one !== undefined)
  return { outcome: 'read', change: Object.fromEntries(given) }
}

function problemOfTags(tags: unknown): string | undefined {
  if (tags === undefined || tags === null) return undefined
  if (!Array.isArray(tags)) return 'tags must be a list of texts'
  const at = tags.findIndex((tag) => !isTag(tag))
  if (at >= 0) return `tag ${at + 1} is none: ${TAG_RULE}`
  const count = new Set(tags).size
  return count > MAX_TAGS ? `${count} tags are too many: at most ${MAX_TAGS}` : undefined
}

function problemOfText(name: string, value: unknown, maxBytes: number): string | undefined {
  if (value === undefined || value === null || isPlainText(value, maxBytes)) return undefined
  return `${name} must be a text of 1 to ${maxBytes} bytes without control characters; null removes it`
}

function problemOfMetadata(metadata: unknown): string | undefined {
  if (metadata === undefined || metadata === null) return undefined
  if (!isRecord(metadata)) return `metadata must be ${METADATA_RULE}`
  const problem = problemOfJson(metadata, MAX_METADATA_DEPTH)
  if (problem !== undefined) return problem
  const bytes = utf8Length(JSON.stringify(metadata))
  if (bytes <= MAX_METADATA_BYTES) return undefined
  return `metadata has ${bytes} bytes: it must be ${METADATA_RULE}`
}

function problemOfJson(value: unknown, depth: number): string | undefined {
  if (depth === 0) return `metadata must not be deeper than ${MAX_METADATA_DEPTH}`
  if (value === undefined || value === null || typeof value === 'boolean') return undefined
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'metadata holds a number that JSON does not have'
  if (typeof value === 'string') return problemOfMetadataText(value)
  if (Array.isArray(value)) return first(value, (one) => problemOfJson(one, depth - 1))
  if (!isRecord(value)) return 'metadata holds something that JSON does not have'
  return first(Object.entries(value), ([name, one]) => {
    if (SECRET_NAME.test(name) && typeof one === 'string' && one !== '')
      return 'metadata seems to hold a secret (by the name of a member): it is stored and shown as it is, so put a secret into the credential'
    return problemOfMetadataText(name) ?? problemOfJson(one, depth - 1)
  })
}

function problemOfMetadataText(text: string): string | undefined {
  if (!isWellFormed(text)) return 'metadata holds half of a surrogate pair'
  return SECRET_TEXT.test(text)
    ? 'metadata seems to hold a secret (a private key or a bearer token): put it into the credential'
    : undefined
}

function first<T>(
  values: readonly T[],
  problem: (value: T) => string | undefined,
): string | undefined {
  for (const value of values) {
    const found = problem(value)
    if (found !== undefined) return found
  }
  return undefined
}

function toTags(tags: unknown): unknown {
  return Array.isArray(tags) ? [...new Set(tags as readonly string[])].sort() : tags
}

/** As JSON has it: what a member's `toJSON` or a getter would say later is said now. */
function toMetadata(metadata: unknown): unknown {
  return isRecord(metadata) ? JSON.parse(JSON.stringify(metadata)) : metadata
}

/** What holds after a change. Nothing is kept of what is empty. */
export function changedDetails(
  before: ConnectionDetails,
  change: DetailsChange,
): ConnectionDetails {
  const merged = { ...before, ...change }
  const left = Object.entries(merged).filter(
    ([, value]) => value !== undefined && value !== null && !isEmptyValue(value),
  )
  return Object.fromEntries(left)
}

function isEmptyValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** Whether two are the same, whatever the order of their members. */
export function isSameDetails(one: ConnectionDetails, other: ConnectionDetails): boolean {
  return NAMES.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]))
}

/** The value of `TokenkeeperTags` that names the owner begins with this sign; no tag may contain it. */
const OWNER_MARK = 'owner='

/** The values of the search attribute `TokenkeeperTags`: the tags, and `owner=<owner>`. */
export function toTagValues({ tags = [], owner }: ConnectionDetails): readonly string[] {
  return owner === undefined ? tags : [...tags, ownerValue(owner)]
}

/** How the owner stands in `TokenkeeperTags`. */
export function ownerValue(owner: string): string {
  return `${OWNER_MARK}${owner}`
}

/** Tags and owner of the values of `TokenkeeperTags`. */
export function fromTagValues(values: readonly string[]): {
  readonly tags: readonly string[]
  readonly owner?: string | undefined
} {
  const owner = values.find((value) => value.startsWith(OWNER_MARK))
  return {
    tags: values.filter((value) => !value.startsWith(OWNER_MARK)).sort(),
    owner: owner?.slice(OWNER_MARK.length),
  }
}
