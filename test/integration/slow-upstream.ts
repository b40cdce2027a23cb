import type { ServerResponse } from 'node:http'
import { sendJson } from '../fixtures/loopback-server.js'

const PAGE_MS = 300

/** An upstream that answers when it is told to, and pages of syncs slowly, none before it is told to. */
export class SlowUpstream {
  readonly pages = new Map<string, number>()
  /** Calls that have no answer yet. */
  readonly held = new Set<ServerResponse>()
  /** Token requests that have none. */
  readonly hanging = new Set<ServerResponse>()
  mostHanging = 0
  /** From here on each page is the last one. */
  isEnding = false
  /** Page requests that have no answer before pages flow. */
  readonly #heldPages: (() => void)[] = []
  #flows = false

  handle(url: URL, response: ServerResponse): void {
    if (url.pathname === '/token') {
      keepIn(this.hanging, response)
      this.mostHanging = Math.max(this.mostHanging, this.hanging.size)
      return
    }
    if (url.pathname === '/hold') {
      keepIn(this.held, response)
      return
    }
    const flow = url.searchParams.get('flow') ?? ''
    const page = Number(url.searchParams.get('page'))
    this.pages.set(flow, Math.max(page, this.pages.get(flow) ?? 0))
    const next = `<${url.origin}/orders?flow=${flow}&page=${String(page + 1)}>; rel="next"`
    const answer = (): void => {
      setTimeout(() => {
        const link = this.isEnding ? {} : { link: next }
        sendJson(response, 200, [{ id: `${flow}-${String(page)}` }], link)
      }, PAGE_MS)
    }
    if (this.#flows) answer()
    else this.#heldPages.push(answer)
  }

  letPagesFlow(): void {
    this.#flows = true
    for (const answer of this.#heldPages.splice(0)) answer()
  }

  release(): void {
    const token = { access_token: 'a', token_type: 'bearer', expires_in: 3600 }
    for (const [open, answer] of [
      [this.held, {}],
      [this.hanging, token],
    ] as const)
      for (const response of open) {
        open.delete(response)
        sendJson(response, 200, answer)
      }
  }

  /** Also for what comes in answer to that. */
  releaseUntil(ended: Promise<unknown>): Promise<void> {
    const releasing = setInterval(() => {
      this.release()
    }, 50)
    return ended
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        clearInterval(releasing)
      })
  }
}

function keepIn(open: Set<ServerResponse>, response: ServerResponse): void {
  open.add(response)
  response.once('close', () => open.delete(response))
}
