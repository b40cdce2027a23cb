import { failureCode } from '../../src/contract/failure.js'
import type { FailureCode } from '../../src/contract/failures.js'
import type { PrepareInput, TokenActivities } from '../../src/contract/token-activities.js'
import type { Connector } from '../../src/connectors/connector.js'
import type { Secret } from '../../src/sealing/secret.js'
import type { Keeper } from '../keeper/keeper.js'
import { authorizationCredential } from './authorization.js'
import { nameConnection } from '../connection/authorize-request.js'
import { markCredential } from './credential-mark.js'
import { credentialFields } from './credential-fields.js'
import { findConnector } from '../connection/resolve-connection.js'
import { currentRunId, isReplayedMessage } from './reset-detection.js'
import { grantFingerprint, sealFields } from '../connection/sealed-fields.js'

/** What the operator can mend by sending something else: an answer, not a failure of the activity. */
const OPERATOR_CAUSED = new Set<FailureCode>([
  'ReferenceRefused',
  'SecretUnresolved',
  'SealInvalid',
  'InvalidInput',
])

/** Turns what an operator gave into a sealed grant. No network. */
export function createPrepare(keeper: Keeper): TokenActivities['tokenkeeper.prepare'] {
  return async (input) => {
    const { connection, receivedAt, carriedRunId } = input
    const found = findConnector(keeper.connectors, connection)
    if (!found.ok) return found
    try {
      const given = await openSource(keeper, found.connector, input)
      const read = credentialFields(given, found.connector)
      if (!read.ok)
        return {
          ok: false,
          code: 'InvalidInput',
          message: `The credential for ${connection} is not usable: ${read.problem}.`,
        }
      const grant = await sealFields(keeper.keyring, read.fields, { connection, purpose: 'grant' })
      const fingerprint = grantFingerprint(keeper.keyring, read.fields)
      const mark =
        'authorization' in input.source
          ? undefined
          : await markCredential(keeper.keyring, input, {
              kind: found.connector.auth.kind,
              fields: read.fields,
            })
      const isNew = !(await isReplayedMessage(receivedAt, carriedRunId).catch(() => true))
      return {
        ok: true,
        grant,
        grantFingerprint: fingerprint,
        runId: isNew ? currentRunId() : undefined,
        ...mark,
      }
    } catch (error) {
      const code = failureCode(error)
      if (code === undefined || !OPERATOR_CAUSED.has(code) || !(error instanceof Error)) throw error
      const named = nameConnection(error, connection)
      return { ok: false, code, message: (named as Error).message }
    }
  }
}

async function openSource(
  keeper: Keeper,
  connector: Connector,
  { connection, source, previous }: PrepareInput,
): Promise<Secret> {
  if ('authorization' in source)
    return await authorizationCredential(keeper, connector, { connection, source, previous })
  return 'reference' in source
    ? await keeper.references.resolve(source.reference)
    : await keeper.keyring.open(source.sealed, { connection, purpose: 'credential' })
}
