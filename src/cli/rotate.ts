import type { Command } from 'commander'
import { type ActionOptions, addConnectionAction } from './bulk/connection-action.js'
import {
  checkCredentialOptions,
  type CredentialOptions,
  readCredential,
  withCredential,
} from './read-credential.js'
import { UsageError } from './frame/usage-error.js'

interface RotateOptions extends ActionOptions, CredentialOptions {
  readonly allowOtherAccount?: true | undefined
}

/** `tokenkeeper rotate`: the old credential stays until the new one has worked. */
export function addRotate(program: Command): void {
  addConnectionAction<RotateOptions>(
    program,
    {
      name: 'rotate',
      description: 'change the secret; the old one stays until the new one has worked',
      examples: [
        ['tokenkeeper rotate erp --field apiKey', 'asks for it without showing it'],
        ['tokenkeeper rotate erp --stdin < key.txt', 'one text, or a JSON object of fields'],
        [
          "tokenkeeper rotate --connector erp --reference 'file:/run/keys/{account}' --dry-run",
          'many: one each, which the keeper worker looks up',
        ],
        [
          'tokenkeeper rotate --connector erp --tag team:billing --stdin --yes < key.txt',
          'many: the same for all of them; standard input is taken, so nobody is asked',
        ],
      ],
      check: (options, ofMany) => {
        // A dry run asks for nothing.
        if (options.dryRun === true) return
        checkCredentialOptions(options)
        if (ofMany && options.stdin === true && options.yes !== true)
          throw new UsageError(
            'With --stdin for many connections nobody can be asked: look with --dry-run which are meant, then give --yes.',
          )
      },
      begin: async ({ keeper }, options) => {
        const credentialOf = await readCredential(options)
        const { allowOtherAccount } = options
        return async (ref) => {
          const { connector, account } = ref
          const status = await keeper.rotate(connector, account, await credentialOf(ref), {
            allowOtherAccount,
          })
          const unchanged = `${status.connection} was connected with this credential already: nothing was changed.`
          return { status, detail: status.unchanged === true ? unchanged : undefined }
        }
      },
    },
    (command) =>
      withCredential(command).option(
        '--allow-other-account',
        'the account may be another one than before',
      ),
  )
}
