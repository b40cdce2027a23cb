import { defineSignal, setHandler } from '@temporalio/workflow'
import { FLOW_REPLY_SIGNAL, type LeaseReply } from '../../src/contract/messages.js'
import { readReply } from './read-reply.js'

const asked = new Map<string, (reply: LeaseReply) => void>()
let listening = false

/** Hands the answers to one request of this flow to `take`, until it is told to stop. */
export function onReply(requestId: string, take: (reply: LeaseReply) => void): () => void {
  listenForReplies()
  asked.set(requestId, take)
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
      if (reply !== undefined) asked.get(reply.requestId)?.(reply)
    },
    { description: 'A token workflow answers a lease request of this flow.' },
  )
}
