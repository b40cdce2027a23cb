import type { Command } from 'commander'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { readConnectionName, withConnection } from './connection-argument.js'
import { withExamples } from './help.js'
import type { OutputOptions } from './output.js'
import {
  checkCredentialOptions,
  type CredentialOptions,
  readCredential,
  withCredential,
} from './read-credential.js'
import { showOutcome } from './show-status.js'
import { type TemporalOptions, withTemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

type RotateOptions = TemporalOptions & OutputOptions & CredentialOptions

/** `tokenkeeper rotate`: the old credential stays until the new one has worked. */
export function addRotate(program: Command): void {
  const command = withTemporalOptions(
    withCredential(withConnection(program.command('rotate'), 'one')),
  )
    .description('change the secret; the old one stays until the new one has worked')
    .action(async (name: string, account: string | undefined, options: RotateOptions) => {
      await rotate(readConnectionName(name, account), options)
    })
  withExamples(command, [
    ['tokenkeeper rotate erp --field apiKey', 'asks for it without showing it'],
    ['tokenkeeper rotate erp --stdin < key.txt', 'one text, or a JSON object of fields'],
    ['tokenkeeper rotate erp --reference env:ERP_KEY_NEXT', 'the keeper worker looks it up'],
  ])
}

async function rotate(ref: ConnectionRef, options: RotateOptions): Promise<void> {
  checkCredentialOptions(options)
  await withKeeper(options, async ({ keeper, publicKey }) => {
    const credential = await readCredential(options, ref, publicKey)
    showOutcome(await keeper.rotate(ref.connector, ref.account, credential), options)
  })
}
