import { createHash } from 'node:crypto'
import type { ApplicationFailure } from '@temporalio/common'
import { createFailure } from '../../../src/contract/failure.js'
import { atPath } from '../../../src/definition/at-path.js'
import { isExact, scalarText } from '../../../src/wire/exact-number.js'
import { writeJson } from '../../../src/wire/json.js'
import type { RecordId } from '../../keeper/sync-functions.js'

/** A record of a page on its way to the sink, checked and changed. */
export interface OutgoingRecord {
  /** In its page, from 0. */
  readonly at: number
  /** As the source or else the sink names it. */
  readonly id: RecordId | undefined
  readonly value: unknown
}

/** A record that can't go through, and why: never a value of it. */
export interface BadRecord {
  readonly at: number
  readonly id: RecordId | undefined
  readonly reason: string
}

export function isRecordId(value: unknown): value is RecordId {
  if (typeof value === 'string') return value !== ''
  return typeof value === 'number' || isExact(value)
}

const MAX_ID = 100
const MAX_REASON = 200

/** How a record is named in checkpoints and failures: by its id, else by where it stands in its page. */
export function recordName({ id, at }: Omit<BadRecord, 'reason'>, page: number): string {
  if (id === undefined) return `page ${page}, record ${at + 1}`
  return oneLine(String(id)).slice(0, MAX_ID)
}

export function reasonText(reason: string): string {
  return oneLine(reason).slice(0, MAX_REASON)
}

/** A code of an answer, in brackets; free text is not repeated: it may hold values. */
export function codeNote(code: unknown): string {
  const text = scalarText(code) ?? ''
  return /^[\w.:-]{1,80}$/.test(text) ? ` (${text})` : ''
}

/** The failure of a sync that stops at a record. */
export function badRecordFailure(
  record: BadRecord,
  page: number,
  { connection, endpoint }: { readonly connection: string; readonly endpoint: string },
): ApplicationFailure {
  const name = recordName(record, page)
  const reason = reasonText(record.reason)
  const which = record.id === undefined ? `A record` : `The record ${name}`
  const where =
    record.id === undefined ? `(${name}) of ${connection}` : `(page ${page}) of ${connection}`
  return createFailure(
    'BadRecord',
    `${which} ${where} ${endpoint} can't go through: ${reason}. Mend it and replay the sync, or let such records be left out: onBadRecord: 'set-aside'.`,
    { connection, endpoint, record: name, page, reason },
  )
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ')
}

/**
 * From the sync's lineage and the records' own ids: the same through restart, reset and replay.
 * @param names the records' ids, or the records themselves where they have none
 * @param tries how often these failed before: a server that remembers a failure under a key would
 * only repeat it
 */
export function batchKey(lineage: string, names: readonly unknown[], tries: number): string {
  return createHash('sha256')
    .update(writeJson(tries === 0 ? [lineage, names] : [lineage, names, tries]))
    .digest('hex')
}

/**
 * What an API knows a record by.
 * @param rule the part of the definition that names the path: `idempotency.id`
 * @throws ApplicationFailure `AnswerInvalid`
 */
export function recordKey(
  record: unknown,
  path: string,
  rule: string,
  where: { readonly connection: string; readonly endpoint: string },
): RecordId {
  const key = atPath(record, path)
  if (isRecordId(key)) return key
  throw createFailure(
    'AnswerInvalid',
    `A record for ${where.connection} ${where.endpoint} has no id at '${path}', so it could not be recognised if it came again; mend ${rule}.`,
    where,
  )
}
