import type { ConnectionRef } from '../contract/connection-ref.js'
import { printOutcome } from './print-status.js'
import {
  checkCredentialOptions,
  type CredentialOptions,
  readCredential,
} from './read-credential.js'
import type { TemporalOptions } from './temporal-options.js'
import { withKeeper } from './with-keeper.js'

export interface RotateOptions extends TemporalOptions, CredentialOptions {
  readonly json?: true | undefined
}

/** `tokenkeeper rotate`: the old credential stays until the new one has worked. */
export async function rotate(ref: ConnectionRef, options: RotateOptions): Promise<void> {
  checkCredentialOptions(options)
  await withKeeper(options, async ({ keeper, publicKey }) => {
    const credential = await readCredential(options, ref, publicKey)
    printOutcome(await keeper.rotate(ref.connector, ref.account, credential), options.json)
  })
}
