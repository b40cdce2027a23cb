import { Context } from '@temporalio/activity'
import { Webhook } from 'standardwebhooks'
import { createFailure } from '../../src/contract/failure.js'
import { LOG_EVENTS, logFields } from '../../src/contract/log-events.js'
import type { NoticeActivities } from '../../src/contract/notice-activities.js'
import { toEventBody } from '../../src/contract/notice-events.js'
import { type NoticeBatch, noticesWorkflowId } from '../../src/contract/notices.js'
import type { SecretReference } from '../../src/contract/credential.js'
import { retryAfterMs } from '../../src/definition/asked-wait.js'
import { resolveDefinitionSecret } from '../../src/sealing/definition-secrets.js'
import { NEVER_ABORTED, sendRequest } from '../network/send-request.js'
import type { Keeper } from '../keeper/keeper.js'
import type { SlackDestination, WebhookDestination } from '../keeper/notice-options.js'
import { checkUrl } from '../keeper/notices.js'
import { toSlackMessage } from './slack-message.js'

const TIMEOUT_MS = 20_000
/** The answer is not read but for its end. */
const MAX_NOTICE_ANSWER_BYTES = 64 * 1024
const GONE = 410
/** A destination that asks for more is asked again all the same. */
const LONGEST_WAIT_MS = 3_600_000

/**
 * One try to deliver. Redirects are not followed: what is sent is for that address. Neither the address nor its answer
 * stands in a failure.
 * @throws ApplicationFailure `UpstreamUnavailable` where another try may help; `UpstreamRejected` where none does
 */
export function createDeliverNotice(
  keeper: Keeper,
): NoticeActivities['tokenkeeper.deliver-notice'] {
  return async ({ destination: name, batch }) => {
    checkNoticesCaller()
    const count = (outcome: 'delivered' | 'failed'): void => {
      keeper.measure('tokenkeeper.notice.deliveries', 1, { destination: name, outcome })
    }
    const destination = keeper.notices.find(name)
    if (destination === undefined || destination.kind === 'activity')
      throw createFailure(
        'UpstreamRejected',
        `No destination of notices is called '${name}' on this keeper worker any more.`,
      )
    try {
      await deliver(keeper, destination, batch)
      count('delivered')
    } catch (error) {
      count('failed')
      const { log, info } = Context.current()
      const reason = error instanceof Error ? error.message : 'unknown error'
      log[LOG_EVENTS.notice_failed.level](
        `tokenkeeper: a notice to ${name} is not delivered`,
        logFields('notice_failed', { destination: name, attempt: info.attempt, reason }),
      )
      throw error
    }
  }
}

async function deliver(
  keeper: Keeper,
  destination: WebhookDestination | SlackDestination,
  batch: NoticeBatch,
): Promise<void> {
  const { name } = destination
  const url = await addressOf(destination)
  const event = toEventBody(batch)
  const isSlack = destination.kind === 'slack'
  const body = JSON.stringify(isSlack ? toSlackMessage(event) : event)
  const signature = isSlack ? undefined : await signed(destination, batch.id, body)
  const sending = await sendRequest(
    keeper.noticeAgent(),
    {
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'tokenkeeper',
        ...signature,
      },
      body,
    },
    { maxBytes: MAX_NOTICE_ANSWER_BYTES, timeoutMs: TIMEOUT_MS, signal: NEVER_ABORTED },
  )
  const status = sending.outcome === 'answered' ? sending.status : undefined
  if (status !== undefined && status >= 200 && status < 300) return
  const why = sending.outcome === 'answered' ? `HTTP ${String(sending.status)}` : sending.fault
  if (status === GONE)
    throw createFailure('UpstreamRejected', `The destination '${name}' is gone (${why}).`)
  const asked =
    sending.outcome === 'answered'
      ? retryAfterMs({ headers: sending.headers, nowMs: Date.now(), status: sending.status })
      : undefined
  const beside =
    status !== undefined && status >= 300 && status < 400 ? '; redirects are not followed' : ''
  throw createFailure(
    'UpstreamUnavailable',
    `The destination '${name}' did not take a notice (${why}${beside}). It is tried again by itself, for three days.`,
    {},
    { nextRetryDelayMs: asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS) },
  )
}

async function addressOf({ name, url }: WebhookDestination | SlackDestination): Promise<URL> {
  const text = typeof url === 'string' ? url : (await resolveDefinitionSecret(url)).reveal()
  try {
    return checkUrl(text, `destination '${name}'`)
  } catch (error) {
    // Whoever mends the secret mends it.
    throw createFailure('UpstreamUnavailable', error instanceof Error ? error.message : '')
  }
}

/** One signature for each secret, so that a receiver may change it without a gap. */
async function signed(
  { name, secret }: WebhookDestination,
  id: string,
  body: string,
): Promise<Record<string, string>> {
  const references: readonly SecretReference[] = Array.isArray(secret) ? secret : [secret]
  const sentAt = new Date()
  const signatures: string[] = []
  for (const reference of references) {
    const resolved = await resolveDefinitionSecret(reference)
    try {
      signatures.push(new Webhook(resolved.reveal()).sign(id, sentAt, body))
    } catch {
      throw createFailure(
        'UpstreamUnavailable',
        `The secret of the destination '${name}' is none: it must be whsec_ and base64. Make one by: echo "whsec_$(openssl rand -base64 32)"`,
      )
    }
  }
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}

/** Without this check whoever may start workflows could have any text sent. */
function checkNoticesCaller(): void {
  const { workflowExecution, workflowType, taskQueue } = Context.current().info
  if (
    workflowType === 'noticesWorkflow' &&
    workflowExecution?.workflowId === noticesWorkflowId(taskQueue)
  )
    return
  throw createFailure(
    'InvalidInput',
    'tokenkeeper.deliver-notice works for the notices workflow only. Nothing was sent.',
  )
}
