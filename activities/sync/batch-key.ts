import { createHash } from 'node:crypto'
import { createFailure } from '../../src/contract/failure.js'
import { atPath } from '../../src/definition/at-path.js'
import { writeJson } from '../../src/wire/json.js'
import { isRecordId, type RecordId } from './outgoing-record.js'

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
