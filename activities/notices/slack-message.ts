import { toPlain } from '../../src/contract/foreign-text.js'
import type { NoticeData, NoticeEvent } from '../../src/contract/notice-events.js'
import type { NoticeType } from '../../src/contract/notices.js'

/** What Slack's incoming webhooks take: api.slack.com/messaging/webhooks. */
export interface SlackMessage {
  readonly text: string
}

const MAX_MESSAGE = 600
const MAX_NAME = 200
const MAX_TEXT = 3500

const WORDS: Readonly<Record<NoticeType, string>> = {
  'connection.connected': ':large_green_circle: is connected',
  'connection.degraded': ':large_orange_circle: is in trouble, and still works',
  'connection.expiring': ':large_orange_circle: ends soon',
  'connection.misconfigured': ':red_circle: is misconfigured',
  'connection.needs_reauth': ':red_circle: needs to be authorised again',
  'connection.recovered': ':large_green_circle: works again',
  'connection.rejected': ':red_circle: is rejected by its API',
  'connection.revoked': ':white_circle: is revoked',
  'sync.failed': ':red_circle: failed',
  'sync.parked': ':large_orange_circle: is parked',
  'sync.recovered': ':large_green_circle: goes on',
}

/** A notice as a message for people in a chat. */
export function toSlackMessage(event: NoticeEvent): SlackMessage {
  const text = event.type === 'notices.digest' ? digest(event.data) : notice(event.type, event.data)
  return { text: text.slice(0, MAX_TEXT) }
}

function notice(type: NoticeType, data: NoticeData): string {
  const { message, next, waitingFlows = 0, owner, tags = [] } = data
  const lines = [title(type, data), escaped(message, MAX_MESSAGE)]
  if (next?.url !== undefined) lines.push(`<${linked(next.url)}|${escaped(next.text, MAX_NAME)}>`)
  else if (next !== undefined)
    lines.push(
      next.command === undefined
        ? escaped(next.text, MAX_NAME)
        : `${escaped(next.text, MAX_NAME)}: ${code(next.command)}`,
    )
  const beside = [
    waitingFlows === 0 ? '' : `${waitingFlows} flows wait`,
    owner === undefined ? '' : `owner ${escaped(owner, MAX_NAME)}`,
    tags.map((tag) => escaped(tag, MAX_NAME)).join(', '),
  ].filter((fact) => fact !== '')
  if (beside.length > 0) lines.push(`_${beside.join(' · ')}_`)
  return lines.join('\n')
}

function digest({
  counts,
  notices,
}: Extract<NoticeEvent, { type: 'notices.digest' }>['data']): string {
  const sums = Object.entries(counts).map(([type, count]) => `${count} ${type}`)
  const lines = notices.map(({ type, data }) => title(type, data))
  return [`*${sums.join(', ')}*`, ...lines].join('\n')
}

function title(type: NoticeType, { connection, sync }: NoticeData): string {
  const subject =
    sync === undefined ? connection : `sync ${sync.workflowId} (${connection} ${sync.endpoint})`
  const [sign = '', ...words] = WORDS[type].split(' ')
  return `${sign} ${code(subject)} ${words.join(' ')}`
}

/** Slack reads `<…>` as links and mentions, and makes links of bare addresses. */
function escaped(text: string, max: number): string {
  return toPlain(text, max)
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    .replace(/[*_~`]/g, (sign) => `\u200b${sign}`)
    .replace(/\/\/(?=\S)/g, '// ')
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** As it is, to be copied: nothing in it is formatted. */
function code(text: string): string {
  const plain = toPlain(text, MAX_NAME * 2).replaceAll('`', "'")
  return `\`${plain.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)}\``
}

/** The operator's own address, with names of connections in it that are escaped for URLs. */
function linked(url: string): string {
  return url.replaceAll('&', '&amp;').replaceAll('|', '%7C').replaceAll('>', '%3E')
}
