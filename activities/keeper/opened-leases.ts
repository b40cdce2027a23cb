import type { SecretFields } from '../../src/auth/kind/auth-kind.js'
import { type Lease, MAX_LEASE_AGE_MS } from '../../src/contract/lease.js'

const MAX_OPENED = 1000

interface Opened {
  readonly fields: Promise<SecretFields>
  readonly timer: NodeJS.Timeout
}

/**
 * The opened values of leases, as `Secret`, until each lease ends: a seal takes a millisecond of processor
 * time to open, a quarter of what a short call costs. See docs/decisions/a-call-finds-its-lease.md.
 */
export class OpenedLeases {
  readonly #opened = new Map<string, Opened>()

  /**
   * The fields of a lease that was confirmed or granted to this worker.
   * @param leftMs how long the lease still lasts
   * @throws what `open` throws, which is then tried anew the next time
   */
  async fields(
    { connection, sealed }: Lease,
    leftMs: number,
    open: () => Promise<SecretFields>,
  ): Promise<SecretFields> {
    const key = `${connection} ${sealed}`
    const known = this.#opened.get(key)
    if (known !== undefined) return await known.fields
    if (leftMs <= 0) return await open()
    const opened = {
      fields: open(),
      timer: setTimeout(
        () => {
          if (this.#opened.get(key) === opened) this.#opened.delete(key)
        },
        Math.min(leftMs, MAX_LEASE_AGE_MS),
      ),
    }
    // A worker that has nothing else to do may end.
    opened.timer.unref()
    this.#opened.set(key, opened)
    opened.fields.catch(() => {
      this.#forget(key, opened)
    })
    for (const [oldest, one] of this.#opened) {
      if (this.#opened.size <= MAX_OPENED) break
      this.#forget(oldest, one)
    }
    return await opened.fields
  }

  #forget(key: string, opened: Opened): void {
    clearTimeout(opened.timer)
    if (this.#opened.get(key) === opened) this.#opened.delete(key)
  }
}
