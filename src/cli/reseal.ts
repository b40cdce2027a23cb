import type { Command } from 'commander'
import { addConnectionAction } from './bulk/connection-action.js'
import { countKeys } from './fleet/fleet-table.js'
import type { OpenKeeper } from './temporal/with-keeper.js'

/** `tokenkeeper reseal`: everything sealed with the newest key, so that an old one may go. */
export function addReseal(program: Command): void {
  addConnectionAction(program, {
    name: 'reseal',
    description:
      "seal what connections hold with the keeper's newest key; without a name, all of them",
    examples: [
      ['tokenkeeper reseal', 'all connections, and which keys are in use after it'],
      ['tokenkeeper reseal --yes --pace 20/s -o jsonl > reseal.jsonl', 'a line each'],
      ['tokenkeeper reseal --yes --resume reseal.jsonl', 'those that are left'],
    ],
    allByDefault: true,
    begin:
      ({ keeper }) =>
      async ({ connector, account }) => {
        const status = await keeper.reseal(connector, account)
        return { status, detail: `sealed with ${status.keyIds?.join(', ') ?? 'nothing'}` }
      },
    afterMany: describeKeysInUse,
  })
}

/** Which keys must stay, and for how many connections. */
async function describeKeysInUse({ keeper, taskQueue }: OpenKeeper): Promise<readonly string[]> {
  const rows: { readonly keyIds?: readonly string[] | undefined }[] = []
  let silent = 0
  for await (const { asked } of keeper.list({ ask: 'all' })) {
    if (asked === undefined) silent += 1
    else rows.push({ keyIds: asked.keyIds })
  }
  const keys = [...countKeys(rows)].map(([id, count]) => `${id} (${count} connections)`)
  const unheard =
    silent === 0
      ? []
      : [`${silent} connections gave no answer: what they are sealed with is not known.`]
  return [
    `Keys in use on the task queue '${taskQueue}': ${keys.join(', ') || 'none'}. Any other may go, once leases of before have ended: ten minutes at most.`,
    ...unheard,
  ]
}
