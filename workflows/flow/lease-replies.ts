import { defineSignal, setHandler } from '@temporalio/workflow'
import { FLOW_REPLY_SIGNAL, type LeaseReply } from '../../src/contract/messages.js'
import { answersFor, readReply } from './read-reply.js'

interface Asker {
  readonly connection: string
  readonly take: (reply: LeaseReply) => void
}

/** Takes the answers of token workflows to the requests of one flow. */
export class LeaseReplies {
  readonly #asked = new Map<string, Asker>()
  #listens = false

  /** Hands the answers to one request to `take`, until it is told to stop; a lease only of its connection. */
  on(requestId: string, connection: string, take: (reply: LeaseReply) => void): () => void {
    this.listen()
    this.#asked.set(requestId, { connection, take })
    return () => this.#asked.delete(requestId)
  }

  /** To be called early: what comes before there is a handler would only be seen late. */
  listen(): void {
    if (this.#listens) return
    this.#listens = true
    setHandler(
      defineSignal<[unknown]>(FLOW_REPLY_SIGNAL),
      (value) => {
        this.#hear(readReply(value))
      },
      { description: 'A token workflow answers a lease request of this flow.' },
    )
  }

  #hear(reply: LeaseReply | undefined): void {
    const request = reply && this.#asked.get(reply.requestId)
    if (reply !== undefined && request !== undefined && answersFor(reply, request.connection))
      request.take(reply)
  }
}
