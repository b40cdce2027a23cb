import type { UpstreamAnswer } from '../../connection/upstream-request.js'
import type { Endpoint } from '../../../src/connectors/connector.js'
import { atPath, listAt } from '../../../src/definition/at-path.js'
import { countAt, holdsAny } from '../../../src/pagination/answer-values.js'
import type { PageAnswer } from '../../../src/pagination/style.js'

type ListRules = Pick<Endpoint, 'items' | 'empty' | 'total'>
type ReceivedPage = Pick<PageAnswer, 'headers' | 'body' | 'isFirst'>

/** Names, without signs and case, by which APIs say how many records an answer holds. */
const OF_THE_PAGE = new Set([
  'count',
  'size',
  'length',
  'returned',
  'numberofelements',
  'numresults',
  'resultcount',
  'itemcount',
  'recordcount',
  'currentpagesize',
])
/** The same of how many there are in all. */
const OF_ALL = new Set([
  'total',
  'totalcount',
  'totalitems',
  'totalrecords',
  'totalresults',
  'totalsize',
  'totalelements',
  'totalhits',
  'numfound',
  'odatacount',
])

/** The list of an answer; undefined: there is none, and nothing that could stand for one. */
export function listIn(body: unknown, items: string | undefined): readonly unknown[] | undefined {
  const list = items === undefined ? body : listAt(body, items)
  return Array.isArray(list) ? (list as readonly unknown[]) : undefined
}

/**
 * How an answer without a list says that there is no record. `stated`: the list is null, `''` or `{}`, the whole
 * answer is `[]`, or the answer counts 0. `left-out`: only the endpoint's `empty` says so. Undefined: it
 * says no such thing, as one that reports an error or counts records.
 */
export function saysNothing(
  found: ReceivedPage,
  { items, empty, total }: ListRules,
): 'stated' | 'left-out' | undefined {
  const { body, isFirst } = found
  if (reportsError(body)) return undefined
  const counts = countsIn(body, items)
  const all = (total === undefined ? undefined : countAt(found, total)) ?? counts.all
  if ((counts.page ?? 0) > 0) return undefined
  const list = items === undefined ? body : listAt(body, items)
  if (list !== undefined) return isEmpty(list) ? 'stated' : undefined
  if (items !== undefined && isEmpty(body) && Array.isArray(body)) return 'stated'
  if (counts.page === 0 || all === 0) return 'stated'
  const mayBeLeftOut = empty === 'omitted' && isObject(body) && !(isFirst && (all ?? 0) > 0)
  return mayBeLeftOut ? 'left-out' : undefined
}

/** Notices a list that no page has: where nothing fails for it, its path may be misspelt. */
export class ListWatch {
  readonly #items: string | undefined
  #hasSeen: boolean
  #isMissing: boolean

  /** @param before pages and records of earlier slices */
  constructor(
    items: string | undefined,
    before: { readonly pages: number; readonly read: number },
  ) {
    this.#items = items
    this.#hasSeen = items === undefined || before.read > 0
    this.#isMissing = before.pages > 0
  }

  /** @param isStated the page says itself that it has no record */
  look(body: unknown, isStated: boolean): void {
    // What a JSONPath finds nothing for is missing, too. A page that holds nothing has no list elsewhere.
    this.#hasSeen ||= this.#items !== undefined && atPath(body, this.#items) !== undefined
    this.#isMissing ||= !this.#hasSeen && !isStated && holdsAny(body)
  }

  isMissed(): boolean {
    return this.#isMissing && !this.#hasSeen
  }
}

/** How many records there are in all, by the endpoint's own rule or by the name of a count. */
export function totalOf(
  found: Omit<ReceivedPage, 'isFirst'>,
  { items, total }: ListRules,
): number | undefined {
  return (
    (total === undefined ? undefined : countAt(found, total)) ?? countsIn(found.body, items).all
  )
}

interface Counts {
  readonly page?: number
  readonly all?: number
}

/** Beside the list and at the top: the smallest of each kind that is above 0, else 0. */
function countsIn(body: unknown, items: string | undefined): Counts {
  const found: { page?: number; all?: number } = {}
  for (const object of [body, besideList(body, items)]) {
    if (!isObject(object)) continue
    for (const [name, value] of Object.entries(object)) {
      const kind = kindOf(name)
      if (kind === undefined) continue
      const count = countAt({ headers: {}, body: { value } }, { body: 'value' })
      if (count !== undefined) found[kind] = Math.max(found[kind] ?? 0, count)
    }
  }
  return found
}

function kindOf(name: string): keyof Counts | undefined {
  if (name.length > 40) return undefined
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  if (OF_THE_PAGE.has(plain)) return 'page'
  return OF_ALL.has(plain) ? 'all' : undefined
}

/** The object that the list stands in, by the plain names before its own. */
function besideList(body: unknown, items: string | undefined): unknown {
  const names = /^(.+)\.[^.[\]]+$/.exec(items ?? '')
  return names?.[1] === undefined ? undefined : atPath(body, names[1])
}

/** Whether an answer reports an error, whatever its status. */
export function reportsError(body: unknown): boolean {
  if (!isObject(body)) return false
  return ['error', 'errors'].some((name) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined
    return value !== false && value !== 0 && !isEmpty(value ?? null)
  })
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The longest body, in bytes, that counts as empty where it is spaces and line breaks alone. */
const MAX_BLANK = 64

/** No content (204, 205), nothing that has changed (304), or a body without anything in it. */
export function hasNoContent({ status, body }: UpstreamAnswer): boolean {
  if (status === 204 || status === 205 || status === 304) return true
  return body.length <= MAX_BLANK && body.toString('latin1').trim() === ''
}
