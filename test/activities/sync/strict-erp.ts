import { sendJson } from '../../fixtures/loopback-server.js'
import { type Answer, type RecordOf, recordsIn } from './sync-stage.js'

interface Remembered {
  readonly body: string
  readonly status: number
  readonly answer: unknown
}

/** What the ERP says of one record: an entry of `results`, and whether it keeps the record. */
export interface Verdict {
  readonly keep: boolean
  readonly entry: object
}

/**
 * An ERP that is strict about what comes twice: a key that it knows is answered from memory, failures
 * too; a key with another body, or a record that it keeps already, is counted.
 */
export class StrictErp {
  readonly kept = new Map<number, object>()
  /** Records that were written though they were there. */
  doubled = 0
  misusedKeys = 0
  readonly #remembered = new Map<string, Remembered>()
  /** What it says of a record; by default it takes every one. */
  judge: (record: RecordOf) => Verdict = () => ({ keep: true, entry: { status: 201 } })
  /** A record that makes it refuse the whole body, with this status. */
  refuses: (record: RecordOf) => number | undefined = () => undefined
  /** Called when a write is applied and not answered yet; `reset` ends the connection instead. */
  onApplied: (records: readonly RecordOf[]) => 'reset' | undefined = () => undefined

  readonly answer: Answer = ({ method, path, headers, body }, request, response) => {
    if (method === 'GET') {
      this.#find(path, response)
      return
    }
    const key = headers['idempotency-key']
    const before = typeof key === 'string' ? this.#remembered.get(key) : undefined
    if (before !== undefined && before.body !== body) this.misusedKeys += 1
    const { status, answer } = before ?? this.#apply(method, path, body)
    if (typeof key === 'string') this.#remembered.set(key, { body, status, answer })
    if (before === undefined && this.onApplied(recordsOf(method, body)) === 'reset')
      request.socket.resetAndDestroy()
    else sendJson(response, status, answer)
  }

  ids(): number[] {
    return [...this.kept.keys()].sort((a, b) => a - b)
  }

  #apply(method: string, path: string, body: string): Omit<Remembered, 'body'> {
    const records = recordsOf(method, body)
    const refused = records.map(this.refuses).find((status) => status !== undefined)
    if (refused !== undefined) return { status: refused, answer: { error: body } }
    if (method === 'PUT') {
      this.kept.set(Number(path.split('/').at(-1)), JSON.parse(body) as object)
      return { status: 200, answer: {} }
    }
    const results = records.map((record) => {
      const { keep, entry } = this.judge(record)
      if (keep) {
        if (this.kept.has(record.id)) this.doubled += 1
        this.kept.set(record.id, record)
      }
      return { ...entry, order: { id: record.id } }
    })
    return { status: 207, answer: { results } }
  }

  #find(path: string, response: Parameters<Answer>[2]): void {
    const url = new URL(path, 'http://x')
    const asked = url.searchParams.get('external_id')
    const id = Number(asked ?? url.pathname.split('/').at(-1))
    const record = this.kept.get(id)
    if (asked !== null)
      sendJson(response, 200, { orders: record === undefined ? [] : [{ ...record, number: id }] })
    else if (record === undefined) sendJson(response, 404, {})
    else sendJson(response, 200, record)
  }
}

function recordsOf(method: string, body: string): readonly RecordOf[] {
  return method === 'PUT' ? [JSON.parse(body) as RecordOf] : toList(body)
}

function toList(body: string): readonly RecordOf[] {
  const parsed = JSON.parse(body) as RecordOf | { readonly orders: unknown }
  return 'orders' in parsed ? recordsIn(body) : [parsed]
}
