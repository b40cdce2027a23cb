import { Context } from '@temporalio/activity'
import { isSearchAttribute } from '../../src/contract/search-attributes.js'

const CACHE_MS = 60_000

export interface RegisteredSearchAttributesOptions {
  /** The search attributes of the namespace, each with the number of its type. */
  readonly list?: (() => Promise<Readonly<Record<string, number>>>) | undefined
  readonly now: () => number
}

/**
 * Which search attributes of tokenkeeper the namespace has, each with its type: to upsert another would
 * stall a workflow for ever. Kept for a minute; none where the server can't be asked, and then asked again next time.
 */
export class RegisteredSearchAttributes {
  readonly #options: RegisteredSearchAttributesOptions
  #cached: { readonly names: readonly string[]; readonly untilMs: number } | undefined

  constructor(options: RegisteredSearchAttributesOptions) {
    this.#options = options
  }

  /** To be called inside an activity. */
  async names(): Promise<readonly string[]> {
    const { list = listThroughClient, now } = this.#options
    if (this.#cached !== undefined && now() < this.#cached.untilMs) return this.#cached.names
    try {
      const known = Object.entries(await list())
      const names = known.filter((one) => isSearchAttribute(...one)).map(([name]) => name)
      this.#cached = { names, untilMs: now() + CACHE_MS }
      return names
    } catch {
      return []
    }
  }
}

async function listThroughClient(): Promise<Readonly<Record<string, number>>> {
  const { client, info } = Context.current()
  const { operatorService } = client.connection
  const answer = await operatorService.listSearchAttributes({ namespace: info.namespace })
  return answer.customAttributes
}
