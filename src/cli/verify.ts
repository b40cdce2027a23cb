import type { Command } from 'commander'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import { formatConnection } from '../contract/connection-ref.js'
import { addConnectionAction } from './bulk/connection-action.js'

/** `tokenkeeper verify`: whether the upstream accepts the credential. */
export function addVerify(program: Command): void {
  addConnectionAction(program, {
    name: 'verify',
    description: "ask the connector's verify endpoint whether the credential is accepted",
    examples: [
      ['tokenkeeper verify shopify/acme', 'exit code 3 where it is refused'],
      ['tokenkeeper verify --connector shopify --pace 30/m', 'many, slowly'],
    ],
    begin:
      ({ keeper }) =>
      async (ref) => {
        const { connector, account } = ref
        const name = formatConnection(ref)
        const { verified, ...status } = await keeper.verify(connector, account)
        const { outcome, code, message = '' } = verified
        if (outcome === 'refused')
          throw new TokenkeeperError(
            code ?? 'CredentialRejected',
            `The upstream refuses the credential of ${name}. ${message}`.trim(),
            name,
          )
        const unknown = `It is not known whether the credential of ${name} is accepted. ${message}`
        return {
          status,
          detail:
            outcome === 'accepted' ? `The credential of ${name} is accepted.` : unknown.trim(),
        }
      },
  })
}
