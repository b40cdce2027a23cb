import {
  type Notice,
  NOTICE_TYPES,
  type NoticeMessage,
  type NoticeTarget,
} from '../../src/contract/notices.js'
import { isMomentMs, isPlainText, utf8Length } from '../../src/contract/outside-values.js'
import { isRecord } from '../../src/contract/plain-data.js'

const MOST_TARGETS = 10
const MOST_BYTES = 8192
const MAX_NOTICE_ID = 300
const MAX_TARGET_NAME = 100

/** Whoever may signal workflows of this namespace may send anything: undefined where it is no notice. */
export function readNoticeMessage(value: unknown): NoticeMessage | undefined {
  if (!isRecord(value) || !isRecord(value['notice']) || !Array.isArray(value['targets']))
    return undefined
  const targets: readonly unknown[] = value['targets']
  const { notice } = value
  if (targets.length > MOST_TARGETS || !targets.every(isTarget) || !isNotice(notice))
    return undefined
  return { notice, targets }
}

function isNotice(value: Readonly<Record<string, unknown>>): value is Notice & typeof value {
  const { id, type, atMs, connection, message, sync, tags, next } = value
  const { status, previous, reason, code, owner, generation, waitingFlows } = value
  return (
    utf8Length(JSON.stringify(value)) <= MOST_BYTES &&
    isPlainText(id, MAX_NOTICE_ID) &&
    NOTICE_TYPES.some((one) => one === type) &&
    Number.isSafeInteger(atMs) &&
    isMomentMs(atMs) &&
    isPlainText(connection, MAX_NOTICE_ID) &&
    typeof message === 'string' &&
    [status, previous, reason, code, owner].every(isTextOrAbsent) &&
    [generation, waitingFlows].every((one) => one === undefined || typeof one === 'number') &&
    (tags === undefined || (Array.isArray(tags) && tags.every(isText))) &&
    (next === undefined || isStep(next)) &&
    (sync === undefined || (isRecord(sync) && SYNC_TEXTS.every((name) => isText(sync[name]))))
  )
}

const SYNC_TEXTS = ['workflowId', 'endpoint', 'to'] as const

function isStep(value: unknown): boolean {
  if (!isRecord(value)) return false
  return isText(value['text']) && [value['command'], value['url']].every(isTextOrAbsent)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value)
}

function isTarget(value: unknown): value is NoticeTarget {
  if (!isRecord(value) || !isPlainText(value['name'], MAX_TARGET_NAME)) return false
  const { kind, activity, taskQueue } = value
  if (kind === 'webhook' || kind === 'slack') return true
  return (
    kind === 'activity' &&
    isPlainText(activity, MAX_TARGET_NAME) &&
    (taskQueue === undefined || isPlainText(taskQueue, MAX_NOTICE_ID))
  )
}
