/** A record of a page on its way to the sink, checked and changed. */
export interface OutgoingRecord {
  /** In its page, from 0. */
  readonly at: number
  /** As the source or else the sink names it. */
  readonly id: string | number | undefined
  readonly value: unknown
}

/** A record that can't go through, and why: never a value of it. */
export interface BadRecord {
  readonly at: number
  readonly id: string | number | undefined
  readonly reason: string
}

export function isRecordId(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
}
