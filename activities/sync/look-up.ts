import type { Endpoint } from '../../src/connectors/connector.js'
import type { LookupRule } from '../../src/connectors/writing.js'
import { failureCode, failureDetails } from '../../src/contract/failure.js'
import { atPath, listAt } from '../../src/definition/at-path.js'
import { templateNames } from '../../src/definition/template.js'
import { toCallRequest } from '../call/call-request.js'
import { readJson } from '../http/read-json.js'
import { resolveEndpoint } from '../http/resolve-connection.js'
import type { UpstreamSession } from '../http/upstream-session.js'
import { batchKey, recordKey } from './batch-key.js'
import type { OutgoingRecord, RecordId } from './outgoing-record.js'
import { recordsDigest } from './place.js'

/** Looks whether records are there already, and updates those that are, where the rule says so. */
export interface LookUp {
  /** What was found of a record; undefined: it is not there. */
  find(
    record: OutgoingRecord,
    signal: AbortSignal,
  ): Promise<{ readonly found: unknown } | undefined>
  /** @throws ApplicationFailure `UpstreamRejected` where the update is refused */
  update(record: OutgoingRecord, found: unknown, signal: AbortSignal): Promise<void>
}

/** @throws ApplicationFailure `UnknownEndpoint` */
export function createLookUp(
  session: UpstreamSession,
  rule: LookupRule,
  sinkEndpoint: string,
  lineage: string,
): LookUp {
  const { connection, failures, resolved } = session
  const finder = resolveEndpoint(resolved, rule.endpoint)
  const { ifFound = 'skip' } = rule
  const updater: Endpoint | undefined =
    ifFound === 'skip' ? undefined : resolveEndpoint(resolved, ifFound)
  const keyOf = ({ value }: OutgoingRecord): RecordId =>
    recordKey(value, rule.key, 'lookup.key', { connection, endpoint: sinkEndpoint })
  let last: { readonly key: string; readonly digest: string } | undefined
  /** The same for two keys: everything would count as there, and nothing be written. */
  const expectOther = (key: string, found: unknown): void => {
    const digest = recordsDigest([found])
    const isSame = last?.digest === digest && last.key.toLowerCase() !== key.toLowerCase()
    last = { key, digest }
    if (isSame)
      throw failures.invalid(
        rule.endpoint,
        `it finds the same record for two keys, so it may not know the parameter '${rule.param}': mend the look-up, then replay the sync from the start`,
      )
  }

  return {
    find: async (record, signal) => {
      const request = await toCallRequest(resolved, finder, {
        endpoint: rule.endpoint,
        input: { [rule.param]: keyOf(record) },
        idempotencyKey: '',
      })
      try {
        const answer = await session.send(request, signal)
        const body = await readJson(finder, rule.endpoint, answer, failures)
        if (rule.found === undefined) return { found: body }
        const list = listAt(body, rule.found)
        if (!Array.isArray(list)) throw failures.itemsMissing(rule.endpoint, rule.found)
        if (list.length === 0) return undefined
        expectOther(String(keyOf(record)), list[0])
        return { found: list[0] as unknown }
      } catch (error) {
        // With a list, a 404 would be a wrong path, and every record a double.
        if (rule.found === undefined && isNotFound(error)) return undefined
        throw error
      }
    },
    update: async (record, found, signal) => {
      if (updater === undefined) return
      const names = templateNames(updater.path)
      const inPath = names.map((name) => [name, atPath(found, name) ?? atPath(record.value, name)])
      const request = await toCallRequest(resolved, updater, {
        endpoint: ifFound,
        input: { ...(Object.fromEntries(inPath) as object), body: record.value },
        idempotencyKey: batchKey(lineage, [ifFound, keyOf(record)], 0),
      })
      // What is there is there: an update that comes twice makes no second record.
      await session.send({ ...request, repeatable: true }, signal)
    },
  }
}

function isNotFound(error: unknown): boolean {
  return failureCode(error) === 'UpstreamRejected' && failureDetails(error)?.status === 404
}
