import type { Endpoint } from '../../../src/connectors/connector.js'
import type { Watermark } from '../../../src/contract/sync.js'
import { higherWatermark, isWatermark } from '../../../src/contract/watermark.js'
import { atPath } from '../../../src/definition/at-path.js'
import { isExact } from '../../../src/wire/exact-number.js'
import { parseBy } from '../../connection/parse-by.js'
import type { UpstreamFailures } from '../../connection/upstream-failures.js'
import type { RecordId, TransformContext, TransformFunction } from '../../keeper/sync-functions.js'
import type { Page } from '../reading/page-reader.js'
import { type BadRecord, isRecordId, type OutgoingRecord } from './outgoing-record.js'
import type { ReadyBatch, Sink } from './sink.js'

/** A page, ready for the sink. */
export interface PreparedPage {
  readonly page: Page
  readonly good: readonly OutgoingRecord[]
  readonly bad: readonly BadRecord[]
  /** Highest of its records. */
  readonly watermark: Watermark | undefined
  /** Its first batch. */
  readonly ready?: ReadyBatch | undefined
}

export interface PreparationOptions {
  /** The source's. */
  readonly endpoint: Pick<Endpoint, 'itemSchema' | 'id'>
  readonly where: TransformContext
  readonly failures: UpstreamFailures
  readonly transform?: { readonly name: string; readonly change: TransformFunction } | undefined
  readonly watermarkField?: string | undefined
  /** Path of the id in what goes to the sink, where the source's endpoint names none. */
  readonly sinkId?: string | undefined
  /** See `Sink.ready`. */
  readonly ready?: Sink['ready'] | undefined
}

type Checked = { readonly value: unknown } | { readonly reason: string }

/**
 * Checks each record of a page by the source's `itemSchema` and sends it through the transform. No promise where
 * neither is to be done.
 * @throws ApplicationFailure `AnswerInvalid` for a good record that has no watermark
 */
export function createPreparation(
  options: PreparationOptions,
): (page: Page) => PreparedPage | Promise<PreparedPage> {
  const { endpoint, where, failures, transform, watermarkField, sinkId, ready } = options
  const { itemSchema, id: idPath } = endpoint

  const check = async (record: unknown): Promise<Checked> => {
    if (itemSchema === undefined) return { value: record }
    const parsed = await parseBy(itemSchema, record)
    if (parsed.outcome === 'valid') return { value: parsed.data }
    return { reason: `it does not fit its schema: ${parsed.problems}` }
  }
  const change = async (checked: Checked): Promise<Checked> => {
    if (transform === undefined || 'reason' in checked) return checked
    try {
      const value = await transform.change(checked.value, where)
      if (value !== undefined && value !== null) return { value }
      return { reason: `the transform '${transform.name}' gave nothing for it` }
    } catch {
      return { reason: `the transform '${transform.name}' threw` }
    }
  }
  const idOf = (own: unknown, value: unknown): RecordId | undefined => {
    const id = idPath === undefined && sinkId !== undefined ? atPath(value, sinkId) : own
    return isRecordId(id) ? id : undefined
  }
  const markOf = (record: unknown): unknown => {
    const found = watermarkField === undefined ? undefined : atPath(record, watermarkField)
    // Kept in histories, where it is a text.
    return isExact(found) ? String(found) : found
  }
  const higher = (
    watermark: Watermark | undefined,
    mark: unknown,
    at: number,
    isBad: boolean,
  ): Watermark | undefined => {
    if (watermarkField === undefined) return undefined
    if (isWatermark(mark)) return higherWatermark(watermark, mark)
    if (isBad) return watermark
    throw failures.invalid(
      where.endpoint,
      `record ${at + 1} of a page has no number or text of at most 200 characters at '${watermarkField}', which a watermark is kept of`,
    )
  }

  const preparePlain = (page: Page): PreparedPage => {
    const good: OutgoingRecord[] = []
    let watermark: Watermark | undefined
    const { records } = page
    for (let at = 0; at < records.length; at += 1) {
      const value = records[at]
      const own = idPath === undefined ? undefined : atPath(value, idPath)
      good.push({ at, id: idOf(own, value), value })
      watermark = higher(watermark, markOf(value), at, false)
    }
    return { page, good, bad: NO_RECORDS, watermark, ready: ready?.(good, page.list) }
  }
  const prepareEach = async (page: Page): Promise<PreparedPage> => {
    const good: OutgoingRecord[] = []
    const bad: BadRecord[] = []
    let watermark: Watermark | undefined
    for (const [at, record] of page.records.entries()) {
      // Read before a transform may change the record itself.
      const mark = markOf(record)
      const own = idPath === undefined ? undefined : atPath(record, idPath)
      const made = await change(await check(record))
      const isBad = 'reason' in made
      if (isBad) bad.push({ at, id: idOf(own, record), reason: made.reason })
      else good.push({ at, id: idOf(own, made.value), value: made.value })
      watermark = higher(watermark, mark, at, isBad)
    }
    return { page, good, bad, watermark, ready: ready?.(good, undefined) }
  }
  return itemSchema === undefined && transform === undefined ? preparePlain : prepareEach
}

const NO_RECORDS: readonly BadRecord[] = []
