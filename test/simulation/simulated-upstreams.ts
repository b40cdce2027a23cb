import { createHash } from 'node:crypto'
import type { SimulatedGrants } from './simulated-grants.js'

export interface SimulatedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SimulatedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A record of a source: its version rises when it is changed there. */
export interface SourceRecord {
  readonly id: string
  readonly version: number
}

export const SHOP = 'https://shop.example.com'
export const ERP = 'https://erp.example.com'
export const ERP_KEY = 'erp-key'

/** The shop: pages of records by flow, behind tokens of the authorization server. */
export class SimulatedShop {
  /** Requests that came with a token whose time was over: there must be none. */
  readonly tooOld: string[] = []
  /** Refuses everything until then, though tokens are good. */
  refusesUntilMs = 0
  /** Such refusals. */
  oddRefusals = 0
  readonly #version = new Map<string, number>()

  constructor(
    private readonly grants: SimulatedGrants,
    private readonly counts: readonly number[],
    private readonly pageSize: number,
  ) {}

  /** What a flow has to read. */
  records(flow: string): readonly SourceRecord[] {
    const count = this.counts[Number(flow)] ?? 0
    const version = this.#version.get(flow) ?? 1
    return Array.from({ length: count }, (_, at) => ({ id: `${flow}-${String(at)}`, version }))
  }

  /** Each record of a flow changes. */
  change(flow: string): void {
    this.#version.set(flow, (this.#version.get(flow) ?? 1) + 1)
  }

  answer({ method, url, headers }: SimulatedRequest, nowMs: number): SimulatedAnswer {
    const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? ''
    const verdict = this.grants.judge(token, nowMs)
    if (verdict === 'too-old') this.tooOld.push(`${url.pathname}${url.search} at ${String(nowMs)}`)
    const isOdd = verdict === 'good' && nowMs < this.refusesUntilMs
    if (isOdd) this.oddRefusals += 1
    if (verdict !== 'good' || isOdd) return { status: 401, body: { error: 'invalid_token' } }
    if (method !== 'GET' || url.pathname !== '/orders') return { status: 404 }
    const flow = url.searchParams.get('flow') ?? ''
    const page = Number(url.searchParams.get('page') ?? '0')
    const records = this.records(flow)
    const end = (page + 1) * this.pageSize
    const next = `<${SHOP}/orders?flow=${flow}&page=${String(page + 1)}>; rel="next"`
    return {
      status: 200,
      ...(end < records.length ? { headers: { link: next } } : {}),
      body: { orders: records.slice(page * this.pageSize, end) },
    }
  }
}

/** The ERP: keeps whatever it accepts, one row after the other, and knows an idempotency key that comes again. */
export class SimulatedErp {
  readonly rows: SourceRecord[] = []
  /** A key that came with another body than before: there must be none. */
  readonly misused: string[] = []
  readonly #remembered = new Map<string, string>()

  answer({ method, url, headers, body }: SimulatedRequest): SimulatedAnswer {
    const key = headers['idempotency-key']
    if (headers['x-api-key'] !== ERP_KEY) return { status: 401 }
    if (method !== 'POST' || url.pathname !== '/orders' || key === undefined) return { status: 400 }
    const hash = createHash('sha256').update(body).digest('hex')
    const before = this.#remembered.get(key)
    if (before !== undefined && before !== hash) {
      this.misused.push(key)
      return { status: 422 }
    }
    if (before === undefined) {
      this.#remembered.set(key, hash)
      this.rows.push(...(JSON.parse(body) as { readonly orders: readonly SourceRecord[] }).orders)
    }
    return { status: 200, body: {} }
  }
}
