import type { ConnectionRef } from '../contract/connection-ref.js'
import { connectInBrowser } from './connect-in-browser.js'
import { openBrowser } from './open-browser.js'
import { printNotes } from './print.js'
import { printOutcome, printStatus } from './print-status.js'
import {
  checkCredentialOptions,
  type CredentialOptions,
  hasCredential,
  readCredential,
} from './read-credential.js'
import { readRedirectTarget } from './redirect-target.js'
import type { TemporalOptions } from './temporal-options.js'
import { UsageError } from './usage-error.js'
import { withKeeper } from './with-keeper.js'

export interface ConnectOptions extends TemporalOptions, CredentialOptions {
  readonly json?: true | undefined
  readonly scope?: string | undefined
  readonly variable?: readonly string[] | undefined
  readonly allowOtherAccount?: true | undefined
  readonly port?: number | undefined
  readonly redirectUri?: string | undefined
  /** False with `--no-browser`. */
  readonly browser: boolean
}

/** `tokenkeeper connect`: with a credential that is at hand, else by an authorization in a browser. */
export async function connect(ref: ConnectionRef, options: ConnectOptions): Promise<void> {
  if (hasCredential(options)) checkCredentialOptions(options)
  const variables = readVariables(options.variable)
  await withKeeper(options, async ({ keeper, publicKey }) => {
    const { scope, allowOtherAccount } = options
    if (hasCredential(options)) {
      const credential = await readCredential(options, ref, publicKey)
      const after = await keeper.connect(ref.connector, ref.account, credential, {
        allowOtherAccount,
      })
      printOutcome(after, options.json)
      return
    }
    const status = await connectInBrowser(keeper, ref, {
      target: readRedirectTarget(options.redirectUri, options.port),
      show: (url) => show(url, options.browser),
      scope,
      variables,
      allowOtherAccount,
    })
    printStatus(status, options.json)
  })
}

async function show(url: string, browser: boolean): Promise<void> {
  const opened = browser && (await openBrowser(url, process.env, process.platform))
  printNotes(
    opened
      ? 'Waiting for the browser, for 10 minutes at most. If none opened, open this yourself:'
      : 'Open this in a browser on this machine, within 10 minutes:',
    url,
  )
}

function readVariables(pairs: readonly string[] | undefined): Record<string, string> | undefined {
  if (pairs === undefined) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z][A-Za-z0-9_]*)=(.+)$/.exec(pair) ?? []
      if (name === undefined || value === undefined)
        throw new UsageError(
          '--variable takes name=value, a part of a URL as shop=acme; no secret.',
        )
      return [name, value]
    }),
  )
}
