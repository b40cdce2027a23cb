import type { Client } from '@temporalio/client'
import { listSearchAttributes } from '../../client/search-attribute-setup.js'
import { isSearchAttribute, SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js'
import { type Finding, note, ok, problem, unknown } from './finding.js'

const DAY_S = 86_400

/** The server's version, and how long it takes to answer. */
export async function checkServer(client: Client, address: string): Promise<Finding> {
  const startedMs = performance.now()
  try {
    const { serverVersion } = await client.workflowService.getSystemInfo({})
    const tookMs = Math.round(performance.now() - startedMs)
    const version = serverVersion || 'of a version that it does not tell'
    return ok('server', `Temporal ${version} at ${address} answers in ${tookMs} ms.`)
  } catch (error) {
    return problem(
      'server',
      `Temporal at ${address} does not answer: ${serverReason(error)}.`,
      'Look whether it runs, and whether this machine may ask it (TEMPORAL_ADDRESS, TEMPORAL_API_KEY, TEMPORAL_TLS).',
    )
  }
}

/** Whether the namespace is there, and how long what has ended is kept. */
export async function checkNamespace(client: Client): Promise<Finding> {
  const { namespace } = client.options
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace })
    const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0)
    const days = Math.floor(seconds / DAY_S)
    const kept = `Namespace '${namespace}' keeps what has ended for ${days >= 1 ? `${days} d` : `${Math.round(seconds / 3600)} h`}.`
    return days >= 1
      ? ok('namespace', kept)
      : note(
          'namespace',
          kept,
          'A sync that failed can be replayed for so long only: a retention of some days is better.',
        )
  } catch (error) {
    const reason = serverReason(error)
    if (!/not found/i.test(reason))
      return unknown('namespace', `Namespace '${namespace}' can't be looked at: ${reason}.`)
    return problem(
      'namespace',
      `There is no namespace '${namespace}'.`,
      `Name the right one (--namespace, TEMPORAL_NAMESPACE), or make it: temporal operator namespace create --namespace ${namespace} --retention 7d`,
    )
  }
}

/** Which search attributes of tokenkeeper the namespace lacks. */
export async function checkSearchAttributes(client: Client): Promise<Finding> {
  const check = 'search attributes'
  try {
    const found = await listSearchAttributes(client.connection, client.options.namespace)
    const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => found[name] === undefined)
    const otherType = Object.keys(SEARCH_ATTRIBUTES).filter(
      (name) => found[name] !== undefined && !isSearchAttribute(name, found[name]),
    )
    if (otherType.length > 0)
      return note(
        check,
        `Of another type than tokenkeeper needs: ${otherType.join(', ')}. Everything works without them, but connections and syncs are not found by them.`,
        `temporal operator search-attribute remove --name ${otherType[0] ?? ''}, then npx tokenkeeper setup`,
      )
    if (missing.length === 0)
      return ok(check, `All ${Object.keys(SEARCH_ATTRIBUTES).length} are there.`)
    return note(
      check,
      `Missing: ${missing.join(', ')}. Everything works without them, but connections and syncs are not found by them.`,
      'npx tokenkeeper setup',
    )
  } catch (error) {
    return unknown(check, `They can't be listed: ${serverReason(error)}.`)
  }
}

/** What a gRPC error says, without its code in front. */
export function serverReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'for a reason that is not known'
  return cause.message.replace(/^\d+ [A-Z_]+: /, '').replace(/[.\s]+$/, '')
}
