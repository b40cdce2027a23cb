import { type ExactValue, isExact } from '../../src/wire/exact-number.js'

/** As a source names a record; a number to its last digit. */
export type RecordId = string | number | ExactValue

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
