import type { ResultsRule, ValueRule } from '../../../src/connectors/writing.js'
import { atPath, listAt } from '../../../src/definition/at-path.js'
import { codeNote, type OutgoingRecord } from './outgoing-record.js'
import { scalarText } from '../../../src/wire/exact-number.js'
import type { BatchOutcome } from './sink.js'
import type { RecordId } from '../../keeper/sync-functions.js'

/** What a part of an answer says that can't be read: in words of ours, with no value. */
export interface UnreadableResults {
  readonly problem: string
}

/**
 * What became of each record of a batch, by the answer. Nothing is guessed: each record has its one
 * entry, or the answer is unreadable.
 * @param keyOf the id of a record, as an entry has it
 * @param who refuses, for the reasons: `erp/default orders.upsert`
 */
export function readBatchResults(
  body: unknown,
  records: readonly OutgoingRecord[],
  rule: ResultsRule,
  keyOf: (record: OutgoingRecord) => RecordId,
  who: string,
): BatchOutcome | UnreadableResults {
  const list = listAt(body, rule.path)
  if (!Array.isArray(list)) return { problem: `no list of results at '${rule.path}'` }
  const entries = list as readonly unknown[]
  if (entries.length !== records.length)
    return {
      problem: `${entries.length} results at '${rule.path}' for ${records.length} records`,
    }
  const entryOf = rule.id === undefined ? undefined : byId(entries, rule.id)
  if (entryOf !== undefined && entryOf.size !== entries.length)
    return { problem: `a result without an id of its own at '${rule.path}'` }

  const accepted: OutgoingRecord[] = []
  const refused: (OutgoingRecord & { readonly reason: string })[] = []
  const again: { readonly record: OutgoingRecord; readonly reason: string }[] = []
  for (const [index, record] of records.entries()) {
    const entry = entryOf === undefined ? entries[index] : entryOf.get(String(keyOf(record)))
    const code = atPath(entry, rule.ok.path)
    if (code === undefined)
      return { problem: `a record without a result, or a result without '${rule.ok.path}'` }
    const note = rule.reason === undefined ? codeNote(code) : codeNote(atPath(entry, rule.reason))
    if (rule.ok.equals.some((one) => one === code)) accepted.push(record)
    else if (isForNow(code) || (rule.retry !== undefined && matches(entry, rule.retry)))
      again.push({ record, reason: `${who} fails for it${note}` })
    else refused.push({ ...record, reason: `${who} refuses it${note}` })
  }
  return { accepted, refused, again }
}

function byId(entries: readonly unknown[], path: string): ReadonlyMap<string, unknown> {
  const known = new Map<string, unknown>()
  for (const entry of entries) {
    const id = atPath(entry, path)
    const name = scalarText(id)
    if (name !== undefined) known.set(name, entry)
  }
  return known
}

function matches(entry: unknown, { path, equals }: ValueRule): boolean {
  const value = atPath(entry, path)
  return equals.some((one) => one === value)
}

/** A status of HTTP that asks for patience. */
function isForNow(code: unknown): boolean {
  return /^(?:429|5\d\d)$/.test(
    typeof code === 'number' || typeof code === 'string' ? String(code) : '',
  )
}
