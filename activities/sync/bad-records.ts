import type { ApplicationFailure } from '@temporalio/common'
import { createFailure } from '../../src/contract/failure.js'
import { scalarText } from '../../src/wire/exact-number.js'
import type { BadRecord } from './outgoing-record.js'

const MAX_ID = 100
const MAX_REASON = 200

/** How a record is named in checkpoints and failures: by its id, else by its place. */
export function recordName({ id, at }: Omit<BadRecord, 'reason'>, page: number): string {
  if (id === undefined) return `page ${String(page)}, record ${String(at + 1)}`
  return oneLine(String(id)).slice(0, MAX_ID)
}

export function reasonText(reason: string): string {
  return oneLine(reason).slice(0, MAX_REASON)
}

/** A code that an answer tells, in brackets; free text is not repeated: it may hold values. */
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
    record.id === undefined
      ? `(${name}) of ${connection}`
      : `(page ${String(page)}) of ${connection}`
  return createFailure(
    'BadRecord',
    `${which} ${where} ${endpoint} can't go through: ${reason}. Mend it and replay the sync, or let such records be left out: onBadRecord: 'set-aside'.`,
    { connection, endpoint, record: name, page, reason },
  )
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ')
}
