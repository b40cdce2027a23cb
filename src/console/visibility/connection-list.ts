import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type { TokenkeeperClient } from '../../client/tokenkeeper-client.js'
import {
  type ConnectionRef,
  isConnectorName,
  parseConnection,
} from '../../contract/connection-ref.js'
import type { ConnectionStatus, TokenStatus } from '../../contract/token-status.js'
import { listPage } from './list-page.js'

export const STATUSES: readonly TokenStatus[] = [
  'active',
  'pending',
  'degraded',
  'needs_reauth',
  'misconfigured',
  'rejected',
  'paused',
  'revoked',
]

/** What the list of connections is narrowed to. Whatever does not read well is left out. */
export interface ConnectionFilter {
  readonly status?: TokenStatus | undefined
  /** `shopify`, `shopify/acm`: what the name begins with. */
  readonly name?: string | undefined
  readonly tags: readonly string[]
}

export interface ListedConnection {
  readonly ref: ConnectionRef
  readonly status: string | undefined
  readonly expiresAtMs: number | undefined
  readonly tags: readonly string[]
  /** Of the sick ones, as far as their token workflow answered in time. */
  readonly details: ConnectionStatus | undefined
}

export interface ConnectionPage {
  readonly connections: readonly ListedConnection[]
  readonly next: string | undefined
}

const TAG = /^[A-Za-z0-9][A-Za-z0-9:._@+-]{0,99}$/
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]*(?:\/[A-Za-z0-9._@+-]*)?$/
const WELL: readonly unknown[] = ['active', 'paused', 'revoked']
const ASKED_WITHIN_MS = 1500

export function readConnectionFilter(query: URLSearchParams): ConnectionFilter {
  const name = query.get('name')?.trim() ?? ''
  const tags = (query.get('tags') ?? '').split(/[\s,]+/).filter((tag) => TAG.test(tag))
  return {
    status: STATUSES.find((status) => status === query.get('status')),
    name: NAME.test(name) && name.length <= 250 ? name : undefined,
    tags: tags.slice(0, 5),
  }
}

/** The list filter of the connections that a keeper keeps. All texts in it are of forms without quotes. */
export function connectionQuery(
  taskQueue: string,
  { status, name, tags }: ConnectionFilter = { tags: [] },
): string {
  const parts = [
    `WorkflowType = 'tokenWorkflow' AND ExecutionStatus = 'Running'`,
    `TaskQueue = '${taskQueue.replaceAll("'", "''")}'`,
  ]
  if (status !== undefined) parts.push(`TokenkeeperStatus = '${status}'`)
  if (name !== undefined) {
    const [connector = '', account] = name.split('/')
    parts.push(
      account === undefined
        ? `WorkflowId STARTS_WITH 'token:${connector}'`
        : `WorkflowId STARTS_WITH 'token:${connector}:${account}'`,
    )
  }
  for (const tag of tags) parts.push(`TokenkeeperTags = '${tag}'`)
  return parts.join(' AND ')
}

/** A page of connections from visibility; the sick ones of it are asked why, for a moment. */
export async function listConnections(
  { client, keeper }: { readonly client: Client; readonly keeper: TokenkeeperClient },
  query: string,
  options: { readonly pageSize: number; readonly page?: string | undefined },
): Promise<ConnectionPage> {
  const { executions, next } = await listPage(client, query, options)
  const found = executions.flatMap(({ workflowId, attributes }) => {
    const ref = parseConnection(workflowId.replace(/^token:([^:]*):/, '$1/'))
    if (ref === undefined || !isConnectorName(ref.connector)) return []
    const { TokenkeeperStatus: status, TokenkeeperTags: tags } = attributes
    const until = attributes['TokenkeeperExpiresAt']
    return {
      ref,
      status: typeof status === 'string' ? status : undefined,
      expiresAtMs: typeof until === 'string' ? Date.parse(until) : undefined,
      tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    }
  })
  const late = pause(ASKED_WITHIN_MS, undefined, { ref: false })
  const connections = await Promise.all(
    found.map(async (one) => {
      if (WELL.includes(one.status)) return { ...one, details: undefined }
      const asked = keeper.status(one.ref.connector, one.ref.account).catch(() => undefined)
      const details = await Promise.race([asked, late])
      return { ...one, status: details?.status ?? one.status, details }
    }),
  )
  return { connections, next }
}
