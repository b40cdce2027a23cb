import { isGrpcServiceError } from '@temporalio/client'
import {
  type SearchAttributeSetup,
  setUpSearchAttributes,
} from '../client/search-attribute-setup.js'
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js'
import { type OutputOptions, show } from './frame/output.js'
import { printJson, printNotes } from './frame/print.js'
import type { TemporalOptions } from './temporal/temporal-options.js'
import { EXIT } from './frame/exit-codes.js'
import { withKeeper } from './temporal/with-keeper.js'

export type SetupOptions = TemporalOptions & OutputOptions

const SETUP_DEADLINE_MS = 15_000
const WITHOUT =
  'Without them everything works, but connections and syncs are not found by state, tag or failure in the Web UI, and `tokenkeeper list` asks each connection, which is slower.'

/** `tokenkeeper setup`: registers the search attributes that a namespace lacks. Run twice it changes nothing. */
export async function setup(options: SetupOptions): Promise<void> {
  await withKeeper(
    options,
    async ({
      client: {
        connection,
        options: { namespace },
      },
    }) => {
      try {
        const done = await connection.withDeadline(Date.now() + SETUP_DEADLINE_MS, () =>
          setUpSearchAttributes(connection, namespace),
        )
        show(options, {
          value: { namespace, ...done },
          lines: () => setupLines(namespace, done),
        })
        if (done.otherType.length > 0) process.exitCode = EXIT.failed
      } catch (error) {
        if (options.output !== 'table')
          printJson({ namespace, error: { code: 'SetupRefused', message: whyRefused(error) } })
        printNotes(...refusedLines(namespace, whyRefused(error)))
        process.exitCode = EXIT.failed
      }
    },
  )
}

/** What was done, for people. */
export function setupLines(
  namespace: string,
  { added, present, otherType }: SearchAttributeSetup,
): readonly string[] {
  const lines: string[] = []
  if (added.length > 0) lines.push(`Registered in namespace '${namespace}': ${added.join(', ')}.`)
  if (present.length > 0)
    lines.push(
      added.length > 0
        ? `Registered before: ${present.join(', ')}.`
        : `Namespace '${namespace}' has the search attributes already: ${present.join(', ')}. Nothing was changed.`,
    )
  if (otherType.length > 0)
    lines.push(
      `Of another type than tokenkeeper needs: ${otherType.map(withType).join(', ')}. Rename or remove what has that name in the namespace, then run this again. ${WITHOUT}`,
    )
  return lines
}

/** What to give to someone with the right to do it. */
export function refusedLines(namespace: string, reason: string): readonly string[] {
  const flags = Object.entries(SEARCH_ATTRIBUTES).map(
    ([name, type]) => `--name ${name} --type ${TYPES[type]}`,
  )
  return [
    `tokenkeeper: the search attributes of namespace '${namespace}' can't be set up (${reason}). ${WITHOUT}`,
    'Someone who may change the namespace can register them, once (in Temporal Cloud: in the settings of the namespace):',
    `  temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`,
  ]
}

const TYPES = { KEYWORD: 'Keyword', DATETIME: 'Datetime', KEYWORD_LIST: 'KeywordList' } as const

function withType(name: string): string {
  const type = SEARCH_ATTRIBUTES[name as keyof typeof SEARCH_ATTRIBUTES]
  return `${name} (needs ${TYPES[type]})`
}

function whyRefused(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details
  return error instanceof Error ? error.message : 'unknown reason'
}
