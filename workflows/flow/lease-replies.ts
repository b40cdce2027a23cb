import { defineSignal, setHandler } from '@temporalio/workflow'
import { FLOW_REPLY_SIGNAL, type LeaseReply } from '../../src/contract/messages.js'
import { answersFor, readReply } from './read-reply.js'

interface Asked {
  readonly connection: string
  readonly take: (reply: LeaseReply) => void
}

const asked = new Map<string, Asked>()
let listening = false

/** Hands the answers to one request of this flow to `take`, until it is told to stop; a lease only of its connection. */
export function onReply(
  requestId: string,
  connection: string,
  take: (reply: LeaseReply) => void,
): () => void {
  listenForReplies()
  asked.set(requestId, { connection, take })
  return () => asked.delete(requestId)
}

/** To be called early: what comes before there is a handler would only be seen late. */
export function listenForReplies(): void {
  if (listening) return
  listening = true
  setHandler(
    defineSignal<[unknown]>(FLOW_REPLY_SIGNAL),
    (value) => {
      const reply = readReply(value)
      const request = reply && asked.get(reply.requestId)
      if (reply !== undefined && request !== undefined && answersFor(reply, request.connection))
        request.take(reply)
    },
    { description: 'A token workflow answers a lease request of this flow.' },
  )
}
