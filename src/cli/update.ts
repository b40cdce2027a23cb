import type { Command } from 'commander'
import {
  type ConnectionDetails,
  type DetailsChange,
  METADATA_RULE,
  readDetailsChange,
  TAG_RULE,
} from '../contract/connection-details.js'
import { withoutUndefined } from '../contract/plain-data.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { withExamples } from './frame/help.js'
import type { OutputOptions } from './frame/output.js'
import { showStatus } from './fleet/show-status.js'
import { collect, type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { UsageError } from './frame/usage-error.js'
import { withKeeper } from './temporal/with-keeper.js'

/** What is said of a connection: with `connect` and `update`. */
export interface DetailsCommandOptions {
  readonly tag?: readonly string[] | undefined
  readonly owner?: string | undefined
  readonly description?: string | undefined
  readonly metadata?: string | undefined
}

export function withDetails(command: Command): Command {
  return command
    .option('--tag <tag>', `${TAG_RULE}; may be repeated`, collect)
    .option('--owner <id>', 'whose connection it is: a user id of the application')
    .option('--description <text>', 'for people')
    .option('--metadata <json>', METADATA_RULE)
}

/** @throws UsageError, which repeats no value */
export function readDetailsOptions({
  tag: tags,
  owner,
  description,
  metadata,
}: DetailsCommandOptions): ConnectionDetails {
  const given = { tags, owner, description, metadata: metadata && readMetadata(metadata) }
  const read = readDetailsChange(withoutUndefined(given))
  if (read.outcome === 'read') return read.change as ConnectionDetails
  throw new UsageError(`What is said of the connection is not taken: ${read.reason}.`)
}

function readMetadata(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`--metadata is no JSON: it takes ${METADATA_RULE}.`)
  }
}

interface UpdateOptions extends TemporalOptions, OutputOptions, DetailsCommandOptions {
  readonly addTag?: readonly string[] | undefined
  readonly removeTag?: readonly string[] | undefined
  readonly clear?: readonly (keyof ConnectionDetails)[] | undefined
}

const CLEARABLE = ['tags', 'owner', 'description', 'metadata'] as const

/** `tokenkeeper update`: tags, owner, description and metadata of a connection. */
export function addUpdate(program: Command): void {
  const command = withTemporalOptions(withDetails(withConnection(program.command('update'), 'one')))
    .description('change what is said of a connection: tags, owner, description, metadata')
    .option('--add-tag <tag>', 'beside the tags that it has; may be repeated', collect)
    .option('--remove-tag <tag>', 'of the tags that it has; may be repeated', collect)
    .option('--clear <what>', `${CLEARABLE.join(', ')}: nothing of it; may be repeated`, collect)
    .action(async (name: string, account: string | undefined, options: UpdateOptions) => {
      const { connector, account: of } = readConnectionName(name, account)
      const change = readChange(options)
      const { addTag = [], removeTag = [] } = options
      await withKeeper(options, async ({ keeper }) => {
        const tags = await changedTags(addTag, removeTag, async () => {
          return (await keeper.status(connector, of)).tags ?? []
        })
        const status = await keeper.update(
          connector,
          of,
          tags === undefined ? change : { ...change, tags },
        )
        showStatus(status, options)
      })
    })
  withExamples(command, [
    ['tokenkeeper update shopify/acme --add-tag team:billing', 'one more tag'],
    ['tokenkeeper update shopify/acme --owner u-42 --clear description', 'owner; no description'],
  ])
}

function readChange(options: UpdateOptions): DetailsChange {
  const { clear = [], tag, addTag, removeTag } = options
  const unknown = clear.find((name) => !CLEARABLE.includes(name))
  if (unknown !== undefined) throw new UsageError(`--clear takes ${CLEARABLE.join(', ')}.`)
  if (tag !== undefined && (addTag !== undefined || removeTag !== undefined))
    throw new UsageError('--tag replaces all tags; --add-tag and --remove-tag change some of them.')
  readDetailsOptions({ tag: [...(addTag ?? []), ...(removeTag ?? [])] })
  const change: DetailsChange = {
    ...readDetailsOptions(options),
    ...Object.fromEntries(clear.map((name) => [name, null])),
  }
  const changesTags = addTag !== undefined || removeTag !== undefined
  if (Object.keys(change).length === 0 && !changesTags)
    throw new UsageError(
      'Say what changes: --tag, --add-tag, --owner, --description, --metadata or --clear.',
    )
  return change
}

async function changedTags(
  added: readonly string[],
  removed: readonly string[],
  ask: () => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  if (added.length === 0 && removed.length === 0) return undefined
  const before = await ask()
  return [...new Set([...before, ...added])].filter((tag) => !removed.includes(tag))
}
