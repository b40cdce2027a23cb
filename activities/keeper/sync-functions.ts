import { createFailure } from '../../src/contract/failure.js'
import type { ExactValue } from '../../src/wire/exact-number.js'

/** As a source names a record; a number to its last digit. */
export type RecordId = string | number | ExactValue

/** What a sink that is a function is given beside a batch. */
export interface SinkContext {
  /** Names the sync: the same through continue-as-new, reset and replay. */
  readonly lineage: string
  /** Names this batch: the same when it comes again after a crash, so that it can be recognised. */
  readonly key: string
  /** The ids of the records in their order, by the source endpoint's `id`; undefined where there is none. */
  readonly ids: readonly (RecordId | undefined)[]
  /** The attempt of the activity, from 1. */
  readonly attempt: number
  /** Aborted when the sync must let go: what is not done by then may be given up. */
  readonly signal: AbortSignal
}

/** A record that a sink does not take. The reason is seen in histories: keep values of the record out of it. */
export interface RefusedByFunction {
  /** In the batch, from 0. */
  readonly index: number
  readonly reason: string
}

/** What a sink that is a function may answer: nothing, or which records it does not take. */
export type SinkAnswer = undefined | { readonly refused: readonly RefusedByFunction[] }

/**
 * Takes a batch of records, inside the sync activity. It may be called again with the same batch and
 * the same key after a crash. When it throws, the batch comes again later (`SinkFailed`).
 */
export type SinkFunction = (
  records: readonly unknown[],
  context: SinkContext,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- functions that return nothing
) => SinkAnswer | void | Promise<SinkAnswer | void>

export interface TransformContext {
  /** The connection of the source: `shopify/acme`. */
  readonly connection: string
  readonly endpoint: string
}

/**
 * Changes a record on its way. It may be called again with the same record. A record for which it
 * throws or gives nothing can't go through.
 */
export type TransformFunction = (record: unknown, context: TransformContext) => unknown

/** The functions of a keeper worker that syncs may name. */
export interface SyncFunctions {
  readonly sinks: ReadonlyMap<string, SinkFunction>
  readonly transforms: ReadonlyMap<string, TransformFunction>
}

/** @throws ApplicationFailure `UnknownFunction` */
export function needSink({ sinks }: SyncFunctions, name: string): SinkFunction {
  return sinks.get(name) ?? unknownFunction('sink', 'sinks', name, sinks)
}

/** @throws ApplicationFailure `UnknownFunction` */
export function needTransform({ transforms }: SyncFunctions, name: string): TransformFunction {
  return transforms.get(name) ?? unknownFunction('transform', 'transforms', name, transforms)
}

function unknownFunction(
  what: string,
  option: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
): never {
  const names = known.size === 0 ? 'none' : [...known.keys()].join(', ')
  throw createFailure(
    'UnknownFunction',
    `The keeper worker has no ${what} '${name.slice(0, 100)}' (it has: ${names}): give it one in its option ${option}, or mend the name.`,
  )
}
