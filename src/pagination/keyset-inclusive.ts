import { createHash } from 'node:crypto'
import * as z from 'zod'
import { atPath } from '../definition/at-path.js'
import { scalarText } from '../wire/exact-number.js'
import { askedCount } from './answer-values.js'
import type { RequestField } from './fields.js'
import { compareKeys, type Key, outOfOrder, toKey } from './key-order.js'
import { type FieldValue, type Position, valueAt, withValue } from './position.js'
import { endsBy, type PageSize, sizeAsked, type StopRule } from './stop-rules.js'
import type { NextPage, PageAnswer } from './style.js'

/** A keyset pagination with one key that the API includes. */
interface Inclusive {
  readonly key: { readonly param: RequestField; readonly field: string }
  readonly inclusive: { readonly id: string; readonly offset?: RequestField | undefined }
  readonly size?: PageSize | undefined
  readonly stop: Exclude<StopRule, { readonly total: unknown }>
}

/** It goes into every checkpoint. */
const MAX_IDS = 1000
const SHORT_ID = 16

const stateSchema = z.strictObject({ ids: z.array(z.string()).max(MAX_IDS) })

/**
 * The API gives the records of the key itself again: the ids of those that were read are in the position
 * and are left out. A page full of one key can't be got past by it: there the records of that key are
 * counted by the offset, where the API has one.
 */
export function nextInclusive(
  answer: PageAnswer,
  { key, inclusive, size, stop }: Inclusive,
  keys: readonly Key[],
): NextPage {
  const { asked, isFirst, records } = answer
  const at = isFirst ? undefined : toKey(valueAt(asked, key.param))
  const disorder = firstDisorder(keys, at)
  if (disorder !== undefined)
    return { outcome: 'stuck', why: outOfOrder(disorder, `'${key.field}'`) }

  const ids = records.map((record) => toId(atPath(record, inclusive.id)))
  const withoutId = ids.indexOf(undefined)
  if (withoutId !== -1)
    return { outcome: 'stuck', why: `record ${withoutId + 1} has no id at '${inclusive.id}'` }
  const seen = new Set(stateSchema.safeParse(asked.state).data?.ids)
  const repeated = new Set(
    keys.flatMap((one, index) => {
      const id = ids[index]
      return id !== undefined && isSame(one, at) && seen.has(id) ? [index] : []
    }),
  )

  const full = sizeAsked(asked, size) ?? 1
  const last = keys.at(-1)
  const end = endsBy(stop, answer, full)
  if (end?.outcome === 'end') return { ...end, repeated }
  if (end !== undefined) return end
  if (last === undefined)
    return { outcome: 'stuck', why: 'it gives no record and says that there are more' }
  const tied = keys.filter((one) => isSame(one, last)).length
  const isShort = records.length < full
  // The next request would bring this page again.
  if (tied === records.length && isShort && stop === 'empty-page')
    return { outcome: 'end', repeated }

  const value = atPath(records.at(-1), key.field) as FieldValue
  const moved = withValue(asked, key.param, value)
  const { offset } = inclusive
  if (tied < records.length && tied <= MAX_IDS) {
    const tiedIds = ids.slice(-tied)
    const position = offset === undefined ? moved : withoutOffset(moved, offset)
    return { outcome: 'next', position: { ...position, state: { ids: tiedIds } }, repeated }
  }
  if (offset === undefined)
    return {
      outcome: 'stuck',
      why: `${tied} records of one page have the same '${key.field}', so the next page can't be asked for: raise the size of the pages, or name a parameter that breaks the tie (a further key in 'by', or 'offset' in inclusive)`,
    }
  const before = isSame(last, at) ? (askedCount(asked, offset) ?? 0) : 0
  return { outcome: 'next', position: withValue(moved, offset, before + tied), repeated }
}

function firstDisorder(keys: readonly Key[], at: Key | undefined): number | undefined {
  let before = at
  for (const [index, key] of keys.entries()) {
    const step = before === undefined ? undefined : compareKeys(before, key)
    if (step !== undefined && step > 0) return index
    before = key
  }
  return undefined
}

function isSame(a: Key, b: Key | undefined): boolean {
  return b !== undefined && compareKeys(a, b) === 0
}

/** The key has moved on: its records are counted from the beginning. */
function withoutOffset(position: Position, offset: RequestField): Position {
  return valueAt(position, offset) === undefined ? position : withValue(position, offset, 0)
}

function toId(value: unknown): string | undefined {
  const text = scalarText(value) ?? ''
  if (text === '') return undefined
  if (text.length <= SHORT_ID) return text
  return createHash('sha256').update(text).digest('base64url').slice(0, SHORT_ID)
}
