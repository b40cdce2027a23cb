import type { MintInput, MintResult, TokenActivities } from '../../src/contract/token-activities.js'
import { formatConnection, parseConnection } from '../../src/contract/connection-ref.js'
import type { ConnectorFacts } from '../../src/contract/connector-facts.js'
import type {
  AuthKind,
  AuthLike,
  MintContext,
  MintGranted,
  MintOutcome,
  SecretFields,
} from '../../src/auth/kind/auth-kind.js'
import { authKindOf } from '../../src/auth/registry.js'
import { boundWait, longWaitNote } from '../../src/contract/wait.js'
import type { ExchangeOnce } from '../../src/auth/kind/exchange.js'
import { ADDRESS_REFUSED, refusedAddress } from '../network/network-policy.js'
import { nameConnection } from '../connection/authorize-request.js'
import type { Keeper } from '../keeper/keeper.js'
import { markAccount } from './account-mark.js'
import {
  grantFingerprint,
  joinFields,
  openFields,
  sameFields,
  sealFields,
  splitFields,
  withAnswered,
} from '../connection/sealed-fields.js'
import { connectorFacts } from './connector-facts.js'
import { sealMarkKeyAnew } from './credential-mark.js'
import { needConnector } from '../connection/resolve-connection.js'
import { mintFromKept, NOTHING_READ, sealUnread } from './kept-answers.js'
import { kindContext } from './kind-context.js'
import { currentRunId, isRolledBack } from './reset-detection.js'

/**
 * Gets one token with a grant: one request at most, whatever comes of it is a row of the
 * outcome table.
 * @throws ApplicationFailure before anything is sent: `UnknownConnector`, `InvalidConnection`,
 * `NoKeyHere`, `KeyMissing`, `SealInvalid`, `SecretUnresolved`
 */
export function createMint(keeper: Keeper): TokenActivities['tokenkeeper.mint'] {
  return async (input) => {
    try {
      return await mintInSpan(keeper, input)
    } catch (error) {
      throw nameConnection(error, input.connection)
    }
  }
}

function mintInSpan(keeper: Keeper, input: MintInput): Promise<MintResult> {
  const ref = parseConnection(input.connection)
  const attributes = {
    'tokenkeeper.connection': ref && formatConnection(ref),
    'tokenkeeper.generation': input.generation,
    'tokenkeeper.cause': input.cause,
    'tokenkeeper.attempt': input.attempt,
  }
  return keeper.tracing.inSpan('tokenkeeper.token.request', attributes, async (span) => {
    const result = await mint(keeper, input)
    span.set({ 'tokenkeeper.outcome': result.outcome === 'failed' ? result.class : result.outcome })
    if (result.outcome === 'failed') span.fail(result.code)
    return result
  })
}

async function mint(keeper: Keeper, input: MintInput): Promise<MintResult> {
  const { connection } = input
  const found = needConnector(keeper.connectors, connection)
  const { connector, ref } = found
  const facts = await connectorFacts(connector, keeper.keyring)
  const runId = currentRunId()
  const stop = await reasonNotToAsk(input, facts)
  if (stop !== undefined) return { runId, ...stop }
  const grant = await openFields(keeper.keyring, input.grant, { connection, purpose: 'grant' })
  const { fields, variables } = splitFields(grant, ref.account)
  const kind: AuthKind = authKindOf<AuthLike>(connector.auth)
  const context = kindContext(keeper, found, variables)
  const { rejected, prior, previousLifetimeMs } = input
  const asked: MintContext = {
    ...context,
    fields,
    prior,
    rejected,
    previousLifetimeMs,
  }
  const mintWith = (given: MintContext): Promise<MintOutcome> => mintChecked(kind, given)
  const startedMs = performance.now()
  const read =
    kind.readsKept === true ? await mintFromKept(keeper, mintWith, asked, input) : undefined
  const { outcome: minted, ageMs } = read ?? {
    outcome: input.onlyKept === true ? NOTHING_READ : await mintWith(asked),
  }
  if (facts.refreshes && read === undefined && input.onlyKept !== true)
    keeper.measure('tokenkeeper.token.request.duration', (performance.now() - startedMs) / 1000, {
      connector: ref.connector,
      outcome: minted.outcome === 'granted' ? 'minted' : minted.class,
    })
  const kept = await sealUnread(keeper, input, facts, fields, minted)
  if (minted.outcome === 'granted') {
    const values = withAnswered(variables, context.rules, minted.answer)
    const next = minted.grant ?? (values === variables ? undefined : fields)
    return {
      runId,
      ...(await sealOutcome(keeper, input, facts, grant, {
        ...minted,
        token: joinFields(minted.token, values),
        grant: next && joinFields(next, values),
      })),
      ageMs,
      kept,
    }
  }
  const { outcome: _refused, retryAfterMs, unread: _sealed, ...failure } = minted
  const wait =
    retryAfterMs === undefined ? undefined : boundWait(retryAfterMs, connector.limits?.maxWaitMs)
  const note = wait === undefined ? undefined : longWaitNote(wait)
  return {
    runId,
    outcome: 'failed',
    ...failure,
    retryAfterMs: wait?.waitMs,
    message: `No token for ${connection}: ${failure.message}${note === undefined ? '' : ` (${note})`}`,
    definition: facts.fingerprint,
    kept,
  }
}

/** A definition that changed its kind may no longer fit the grant. */
async function mintChecked(kind: AuthKind, context: MintContext): Promise<MintOutcome> {
  const problem = kind.checkFields(context.fields, context.auth)
  if (problem === undefined) return await mintAtAllowed(kind, context)
  const message = `the credential does not fit the connector: ${problem}; connect it again.`
  return { outcome: 'refused', class: 'misconfigured', code: 'InvalidInput', message }
}

/** An address that may not be dialled is no matter of the network, and no try again would mend it. */
async function mintAtAllowed(kind: AuthKind, context: MintContext): Promise<MintOutcome> {
  const refused: string[] = []
  const exchangeOnce: ExchangeOnce = async (request) => {
    const exchange = await context.exchangeOnce(request)
    if (exchange.fault === ADDRESS_REFUSED) refused.push(new URL(request.url).host)
    return exchange
  }
  const minted = await kind.mint({ ...context, exchangeOnce })
  const [host] = refused
  if (minted.outcome === 'granted' || host === undefined) return minted
  const message = refusedAddress(host)
  return { outcome: 'refused', class: 'misconfigured', code: 'AddressRefused', message }
}

type Stop =
  { readonly outcome: 'rolled_back' } | Omit<Extract<MintResult, { outcome: 'failed' }>, 'runId'>

async function reasonNotToAsk(
  { connection, ...runs }: MintInput,
  facts: ConnectorFacts,
): Promise<Stop | undefined> {
  if (runs.knownRunId === undefined && !facts.consumesGrant) return undefined
  try {
    return (await isRolledBack(runs)) ? { outcome: 'rolled_back' } : undefined
  } catch {
    return {
      outcome: 'failed',
      class: 'not_sent',
      code: 'HistoryUnavailable',
      message: `No token for ${connection}: the server did not tell whether this run comes from a reset; nothing was sent.`,
      definition: facts.fingerprint,
    }
  }
}

/** Nothing but this happens between an answer that is read and its being returned: a new grant must not be lost. */
async function sealOutcome(
  keeper: Keeper,
  { connection, grant, previousLifetimeMs, knownAccount: known = [], markKey }: MintInput,
  facts: ConnectorFacts,
  fields: SecretFields,
  outcome: MintGranted,
): Promise<Omit<Extract<MintResult, { outcome: 'minted' }>, 'runId'>> {
  const { keyring } = keeper
  const { outcome: _granted, token, grant: next, lifetimeMs, subject, ...others } = outcome
  const { answer: _answer, unread: _sealed, ...rest } = others
  // The workflow compares them with its own moments, which are the server's.
  const serverNow = keeper.serverNow()
  const aheadMs = serverNow === Date.now ? 0 : Date.now() - serverNow()
  const rotated = next !== undefined && !sameFields(next, fields)
  const newMarkKey = await sealMarkKeyAnew(keyring, markKey, connection)
  const lasts = lifetimeMs ?? (facts.refreshes ? previousLifetimeMs : undefined)
  return {
    outcome: 'minted',
    token: await sealFields(keyring, token, { connection, purpose: 'token' }),
    grant:
      next === undefined
        ? grant
        : await sealFields(keyring, next, { connection, purpose: 'grant' }),
    grantFingerprint: grantFingerprint(keyring, next ?? fields),
    rotated: rotated ? true : undefined,
    markKey: newMarkKey,
    definition: facts.fingerprint,
    kind: facts.kind,
    lifetimeMs: lasts,
    account:
      subject === undefined
        ? undefined
        : markAccount(keeper, { connection, source: `token:${facts.kind}`, subject, known }),
    ...rest,
    sentAtMs: rest.sentAtMs - aheadMs,
    answeredAtMs: rest.answeredAtMs - aheadMs,
  }
}
