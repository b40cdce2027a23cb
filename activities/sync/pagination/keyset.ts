import type { KeysetPagination } from '../../../src/connectors/pagination.js'
import { atPath } from '../../../src/definition/at-path.js'
import { type PlaceValue, type Position, valueAt, withValue } from '../position.js'
import { compareTuples, type Key, outOfOrder, toKey } from './key-order.js'
import { nextInclusive } from './keyset-inclusive.js'
import type { NextPage, PageAnswer, PaginationStyle } from './pagination-style.js'
import { endsBy, placesOf, sizeAsked, withSize } from './stop-rules.js'

/** Records in ascending order of a key; a page is asked for from the last record before it. */
export const keysetStyle: PaginationStyle<KeysetPagination> = {
  style: 'keyset',
  isCounted: ({ inclusive }) => inclusive?.offset !== undefined,
  places: (answer, { stop }) => placesOf(answer, stop),
  first: (input, { size }, baseBody) => withSize(input, size, baseBody),
  next: (answer, pagination) => {
    const { by, inclusive } = pagination
    const keys: (readonly Key[])[] = []
    for (const record of answer.records) {
      const tuple = by.map(({ field }) => toKey(atPath(record, field)))
      const missing = by[tuple.indexOf(undefined)]
      if (missing !== undefined)
        return {
          found: 'stuck',
          why: `record ${keys.length + 1} has no usable value at '${missing.field}': it must be a text, or a number small enough to be exact in JSON`,
        }
      keys.push(tuple as readonly Key[])
    }
    const [key] = by
    if (inclusive === undefined || key === undefined) return nextExclusive(answer, pagination, keys)
    const single = keys.flatMap(([only]) => (only === undefined ? [] : [only]))
    return nextInclusive(answer, { ...pagination, key, inclusive }, single)
  },
}

/** The key is unique and the API gives what comes after it. */
function nextExclusive(
  answer: PageAnswer,
  { by, size, stop }: KeysetPagination,
  keys: readonly (readonly Key[])[],
): NextPage {
  const { asked, isFirst, records } = answer
  const fields = by.map(({ field }) => `'${field}'`).join(' and ')
  let before = isFirst ? undefined : askedKeys(asked, by)
  for (const [at, tuple] of keys.entries()) {
    const step = before === undefined ? undefined : compareTuples(before, tuple)
    if (step === 0)
      return {
        found: 'stuck',
        why:
          at === 0
            ? `the page begins with the record that it was asked to begin after: say that the key is inclusive`
            : `records ${at} and ${at + 1} have the same ${fields}, so one between two pages could be lost: name a further key in 'by', or an inclusive parameter`,
      }
    if (step !== undefined && step > 0) return { found: 'stuck', why: outOfOrder(at, fields) }
    before = tuple
  }
  const end = endsBy(stop, answer, sizeAsked(asked, size))
  if (end !== undefined) return end
  const last = records.at(-1)
  if (last === undefined)
    return { found: 'stuck', why: 'it gives no record and says that there are more' }
  const position = by.reduce(
    (made, { param, field }) => withValue(made, param, atPath(last, field) as PlaceValue),
    asked,
  )
  return { found: 'next', position }
}

function askedKeys(asked: Position, by: KeysetPagination['by']): readonly Key[] | undefined {
  const keys = by.map(({ param }) => toKey(valueAt(asked, param)))
  return keys.includes(undefined) ? undefined : (keys as readonly Key[])
}
