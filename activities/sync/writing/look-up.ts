import type { Endpoint } from '../../../src/connectors/connector.js'
import type { LookupRule } from '../../../src/connectors/writing.js'
import { failureCode, failureDetails } from '../../../src/contract/failure.js'
import { atPath, listAt } from '../../../src/definition/at-path.js'
import { templateNames } from '../../../src/definition/template.js'
import { toCallRequest } from '../../call/call-request.js'
import { readJson } from '../../connection/read-json.js'
import { resolveEndpoint } from '../../connection/resolve-connection.js'
import type { UpstreamSession } from '../../connection/upstream-session.js'
import { batchKey, type OutgoingRecord, recordKey } from './outgoing-record.js'
import { recordsDigest } from '../reading/sync-position.js'
import type { RecordId } from '../../keeper/sync-functions.js'

/** Looks whether records are there already, and updates those that are, where the rule says so. */
export class LookUp {
  readonly #session: UpstreamSession
  readonly #rule: LookupRule
  readonly #sinkEndpoint: string
  readonly #lineage: string
  readonly #finder: Endpoint
  readonly #updater: Endpoint | undefined
  #last: { readonly key: string; readonly digest: string } | undefined

  /** @throws ApplicationFailure `UnknownEndpoint` */
  constructor(session: UpstreamSession, rule: LookupRule, sinkEndpoint: string, lineage: string) {
    const { resolved } = session
    const { ifFound = 'skip' } = rule
    this.#session = session
    this.#rule = rule
    this.#sinkEndpoint = sinkEndpoint
    this.#lineage = lineage
    this.#finder = resolveEndpoint(resolved, rule.endpoint)
    this.#updater = ifFound === 'skip' ? undefined : resolveEndpoint(resolved, ifFound)
  }

  /** What was found of a record; undefined: it is not there. */
  async find(
    record: OutgoingRecord,
    signal: AbortSignal,
  ): Promise<{ readonly found: unknown } | undefined> {
    const { failures, resolved } = this.#session
    const rule = this.#rule
    const request = await toCallRequest(resolved, this.#finder, {
      endpoint: rule.endpoint,
      input: { [rule.param]: this.#keyOf(record) },
      idempotencyKey: '',
    })
    try {
      const answer = await this.#session.send(request, signal)
      const body = await readJson(this.#finder, rule.endpoint, answer, failures)
      if (rule.found === undefined) return { found: body }
      const list = listAt(body, rule.found)
      if (!Array.isArray(list)) throw failures.itemsMissing(rule.endpoint, rule.found)
      if (list.length === 0) return undefined
      this.#expectOther(String(this.#keyOf(record)), list[0])
      return { found: list[0] as unknown }
    } catch (error) {
      // With a list, a 404 would be a wrong path, and every record a double.
      if (rule.found === undefined && isAbsent(error)) return undefined
      throw error
    }
  }

  /** @throws ApplicationFailure `UpstreamRejected` where the update is refused */
  async update(record: OutgoingRecord, found: unknown, signal: AbortSignal): Promise<void> {
    const updater = this.#updater
    if (updater === undefined) return
    const { ifFound = 'skip' } = this.#rule
    const names = templateNames(updater.path)
    const inPath = names.map((name) => [name, atPath(found, name) ?? atPath(record.value, name)])
    const request = await toCallRequest(this.#session.resolved, updater, {
      endpoint: ifFound,
      input: { ...(Object.fromEntries(inPath) as object), body: record.value },
      idempotencyKey: batchKey(this.#lineage, [ifFound, this.#keyOf(record)], 0),
    })
    // What is there is there: an update that comes twice makes no second record.
    await this.#session.send({ ...request, repeatable: true }, signal)
  }

  #keyOf({ value }: OutgoingRecord): RecordId {
    const where = { connection: this.#session.connection, endpoint: this.#sinkEndpoint }
    return recordKey(value, this.#rule.key, 'lookup.key', where)
  }

  /**
   * Refuses an upstream that finds one record for two keys, as one does that ignores the filter: each
   * record would count as found, and nothing would be written.
   */
  #expectOther(key: string, found: unknown): void {
    const digest = recordsDigest([found])
    const before = this.#last
    this.#last = { key, digest }
    if (before?.digest === digest && before.key.toLowerCase() !== key.toLowerCase())
      throw this.#session.failures.invalid(
        this.#rule.endpoint,
        `it finds the same record for two keys, so it may not know the parameter '${this.#rule.param}': mend the look-up, then replay the sync from the start`,
      )
  }
}

function isAbsent(error: unknown): boolean {
  return failureCode(error) === 'UpstreamRejected' && failureDetails(error)?.status === 404
}
