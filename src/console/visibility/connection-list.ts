import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import { readConnectionFilter, toVisibilityQuery } from '../../client/list-filter.js'
import { fromTagValues, isOwner, isTag, MAX_TAGS } from '../../contract/connection-details.js'
import { type ConnectionRef, fromTokenWorkflowId } from '../../contract/connection-ref.js'
import { toMilliseconds } from '../../contract/duration.js'
import {
  type ConnectionStatus,
  RENEWED_STATUSES,
  TOKEN_STATUSES,
  type TokenStatus,
} from '../../contract/token-status.js'
import { listPage } from './list-page.js'

/** What the list of connections is narrowed to. Whatever does not read well is left out. */
export interface ConnectionSearch {
  readonly status?: TokenStatus | undefined
  /** `shopify`, `shopify/acm`: what the name begins with. */
  readonly name?: string | undefined
  readonly tags: readonly string[]
  readonly owner?: string | undefined
  /** Whose token ends within so many milliseconds. */
  readonly endsWithinMs?: number | undefined
}

export interface ConnectionRow {
  readonly ref: ConnectionRef
  readonly status: string | undefined
  readonly expiresAtMs: number | undefined
  readonly tags: readonly string[]
  readonly owner: string | undefined
  /** The status of a connection that is not well, as far as their token workflow answered in time. */
  readonly asked: ConnectionStatus | undefined
}

const SEARCHED_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]*(?:\/[A-Za-z0-9._@+-]*)?$/
const WELL: readonly unknown[] = ['active', 'paused', 'revoked']
const ASKED_WITHIN_MS = 1500
const MAX_SEARCHED_NAME = 250

export function readConnectionSearch(query: URLSearchParams): ConnectionSearch {
  const name = query.get('name')?.trim() ?? ''
  const owner = query.get('owner') ?? ''
  const tags = (query.get('tags') ?? '').split(/[\s,]+/).filter(isTag)
  return {
    status: TOKEN_STATUSES.find((status) => status === query.get('status')),
    name: SEARCHED_NAME.test(name) && name.length <= MAX_SEARCHED_NAME ? name : undefined,
    tags: tags.slice(0, MAX_TAGS),
    owner: isOwner(owner) ? owner : undefined,
    endsWithinMs: toMilliseconds(query.get('ends') ?? undefined),
  }
}

/** The list filter of the connections that a keeper keeps. */
export function connectionQuery(
  taskQueue: string,
  { status, name, tags, owner, endsWithinMs }: ConnectionSearch = { tags: [] },
): string {
  const filter = readConnectionFilter(
    { status, tags, owner, expiresBefore: endsWithinMs },
    Date.now(),
  )
  const query = toVisibilityQuery(filter, taskQueue)
  if (name === undefined) return query
  // It has no quote in it: see SEARCHED_NAME.
  const [connector = '', account] = name.split('/')
  const beginning = account === undefined ? connector : `${connector}:${account}`
  return `${query} AND WorkflowId STARTS_WITH 'token:${beginning}'`
}

/** A page of connections from visibility; those that are not well are asked why, for a moment. */
export async function listConnections(
  { client, keeper }: { readonly client: Client; readonly keeper: TokenkeeperClient },
  query: string,
  options: { readonly pageSize: number; readonly page?: string | undefined },
): Promise<{ readonly connections: readonly ConnectionRow[]; readonly next: string | undefined }> {
  const { executions, next } = await listPage(client, query, options)
  const found = executions.flatMap(({ workflowId, attributes }) => {
    const ref = fromTokenWorkflowId(workflowId)
    if (ref === undefined) return []
    const { TokenkeeperStatus: status, TokenkeeperTags: values } = attributes
    const until = Date.parse(String(attributes['TokenkeeperExpiresAt']))
    // Tokens that are renewed are told once a day: what is past has been renewed since.
    const isRenewed = RENEWED_STATUSES.some((one) => one === status)
    const isKnown = isRenewed ? until > Date.now() : Number.isFinite(until)
    const texts = [values ?? []].flat().filter((value) => typeof value === 'string')
    const { tags, owner } = fromTagValues(texts)
    return {
      ref,
      status: typeof status === 'string' ? status : undefined,
      expiresAtMs: isKnown ? until : undefined,
      tags,
      owner,
    }
  })
  const late = pause(ASKED_WITHIN_MS, undefined, { ref: false })
  const connections = await Promise.all(
    found.map(async (one) => {
      if (WELL.includes(one.status)) return { ...one, asked: undefined }
      const answer = keeper.status(one.ref.connector, one.ref.account).catch(() => undefined)
      const asked = await Promise.race([answer, late])
      return { ...one, status: asked?.status ?? one.status, asked }
    }),
  )
  return { connections, next }
}
