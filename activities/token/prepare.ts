import { withoutUndefined } from '../../src/contract/plain-data.js'
import { failureCode } from '../../src/contract/failure.js'
import type { FailureCode } from '../../src/contract/failures.js'
import type {
  PrepareInput,
  PrepareResult,
  TokenActivities,
} from '../../src/contract/token-activities.js'
import type { Connector } from '../../src/connectors/connector.js'
import { Secret } from '../../src/sealing/secret.js'
import type { Keeper } from '../keeper/keeper.js'
import { authorizationCredential } from './authorization.js'
import { nameConnection } from '../connection/authorize-request.js'
import { markCredential } from './credential-mark.js'
import { describeConnector } from './describe.js'
import { findConnector } from '../connection/resolve-connection.js'
import { currentRunId, isReplayedMessage } from './reset-detection.js'
import {
  grantFingerprint,
  sealFields,
  joinFields,
  parseFields,
  parseObject,
} from '../connection/sealed-fields.js'
import type { AuthKind, AuthLike, SecretFields } from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { isVariableValue } from '../../src/definition/variables.js'

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
    const description =
      input.describes === true
        ? await describeConnector(keeper, { connection: input.connection })
        : undefined
    return withoutUndefined({ ...(await prepare(keeper, input)), description })
  }
}

async function prepare(keeper: Keeper, input: PrepareInput): Promise<PrepareResult> {
  const { connection, receivedAt, carriedRunId } = input
  const found = findConnector(keeper.connectors, connection)
  if (found.outcome === 'refused') return found
  try {
    const given = await openSource(keeper, found.connector, input)
    const read = credentialFields(given, found.connector)
    if (read.outcome === 'unreadable')
      return {
        outcome: 'refused',
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
      outcome: 'prepared',
      grant,
      grantFingerprint: fingerprint,
      runId: isNew ? currentRunId() : undefined,
      ...mark,
    }
  } catch (error) {
    const code = failureCode(error)
    if (code === undefined || !OPERATOR_CAUSED.has(code) || !(error instanceof Error)) throw error
    const named = nameConnection(error, connection)
    return { outcome: 'refused', code, message: (named as Error).message }
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

type CredentialFields =
  | { readonly outcome: 'read'; readonly fields: SecretFields }
  | { readonly outcome: 'unreadable'; readonly problem: string }

/**
 * Reads what an operator gave: a JSON object of the kind's fields, or the one text that the kind
 * takes. Problems never repeat a value or a name that came in.
 */
export function credentialFields(
  given: Secret,
  { auth, variables = {} }: Pick<Connector, 'auth' | 'variables'>,
): CredentialFields {
  const kind = authKindOf<AuthLike>(auth)
  const known = kind.fields(auth)
  const asked = Object.keys(variables).filter((name) => variables[name]?.from === 'credential')
  const text = new Secret(given.reveal().replace(/\r?\n$/, ''))
  const wanted = wantedOf(kind, auth, [...known, ...asked])
  if (isBlank(text)) return { outcome: 'unreadable', problem: `it is empty; ${wanted}` }
  const isObject = parseObject(text.reveal()) !== undefined
  const opened = isObject ? parseFields(text) : kind.fieldsOfText(text, auth)
  if (opened === undefined)
    return {
      outcome: 'unreadable',
      problem: `${isObject ? 'a field is no text' : 'it is no JSON object'}; ${wanted}`,
    }
  if (Object.keys(opened).some((name) => !known.includes(name) && !asked.includes(name)))
    return { outcome: 'unreadable', problem: `it has a field that is not known; ${wanted}` }
  const values: Record<string, string> = {}
  for (const name of asked) {
    const value = opened[name]?.reveal()
    const rule = variables[name]
    if (value === undefined)
      return { outcome: 'unreadable', problem: `it lacks the field ${name}; ${wanted}` }
    if (rule === undefined || !isVariableValue(rule, value))
      return {
        outcome: 'unreadable',
        problem: `the field ${name} may not stand in a URL of the connector`,
      }
    values[name] = value
  }
  const fields = Object.fromEntries(
    Object.entries(opened).filter(([name]) => !asked.includes(name)),
  )
  const mayBeEmpty = kind.emptyFields?.(auth) ?? []
  const empty = known.find((name) => isBlank(fields[name]) && !mayBeEmpty.includes(name))
  if (empty !== undefined)
    return {
      outcome: 'unreadable',
      problem: `the field ${empty} is empty, or holds nothing but spaces`,
    }
  const problem = kind.checkFields(fields, auth)
  return problem === undefined
    ? { outcome: 'read', fields: joinFields(fields, values) }
    : { outcome: 'unreadable', problem }
}

function isBlank(secret: Secret | undefined): boolean {
  return secret?.reveal().trim() === ''
}

function wantedOf(kind: AuthKind, auth: AuthLike, names: readonly string[]): string {
  if (names.length === 0) return `the kind ${kind.kind} takes nothing: give {}`
  const text = kind.fieldsOfText(new Secret('text'), auth) === undefined ? '' : ', or one text'
  return `the kind ${kind.kind} takes the fields ${names.join(', ')} as a JSON object of texts${text}`
}
