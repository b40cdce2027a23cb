import type { Command } from 'commander'
import { spawn } from 'node:child_process'
import type { ConnectionRef } from '../contract/connection-ref.js'
import { readConnectionName, withConnection } from './frame/connection-argument.js'
import { withExamples } from './frame/help.js'
import type { StartAddress } from './connect-in-browser.js'
import { toPort } from './frame/option-values.js'
import type { OutputOptions } from './frame/output.js'
import { printNotes } from './frame/print.js'
import { showOutcome, showStatus } from './fleet/show-status.js'
import {
  checkCredentialOptions,
  type CredentialOptions,
  hasCredential,
  readCredential,
  withCredential,
} from './read-credential.js'
import { readRedirectTarget } from './redirect-target.js'
import { collect, type TemporalOptions, withTemporalOptions } from './temporal/temporal-options.js'
import { type DetailsCommandOptions, readDetailsOptions, withDetails } from './update.js'
import { UsageError } from './frame/usage-error.js'
import { withKeeper } from './temporal/with-keeper.js'

interface ConnectCommandOptions
  extends TemporalOptions, OutputOptions, CredentialOptions, DetailsCommandOptions {
  readonly scope?: string | undefined
  readonly variable?: readonly string[] | undefined
  readonly allowOtherAccount?: true | undefined
  readonly port?: number | undefined
  readonly redirectUri?: string | undefined
  /** False with `--no-browser`. */
  readonly browser: boolean
}

/** `tokenkeeper connect`: with a credential that is at hand, else by an authorization in a browser. */
export function addConnect(program: Command): void {
  const command = withTemporalOptions(
    withDetails(withCredential(withConnection(program.command('connect'), 'one'))),
  )
    .description('connect an account: in a browser, or with a credential that is at hand')
    .option('--scope <scope>', "space-separated, in place of the connector's (browser)")
    .option(
      '--variable <name=value>',
      'part of a URL of the connector, no secret (browser)',
      collect,
    )
    .option('--allow-other-account', 'the account may be another one than before')
    .option('--port <port>', 'to listen on at 127.0.0.1 (browser; default: a free one)', toPort)
    .option('--redirect-uri <uri>', 'as registered with the provider (browser)')
    .option('--no-browser', 'only print the URL to open')
    .action(async (name: string, account: string | undefined, options: ConnectCommandOptions) => {
      await connect(readConnectionName(name, account), options)
    })
  withExamples(command, [
    ['tokenkeeper connect shopify/acme', 'opens the browser, waits for 10 minutes at most'],
    ['tokenkeeper connect erp --field apiKey', 'asks for it without showing it'],
    ['tokenkeeper connect erp --stdin < key.txt', 'one text, or a JSON object of fields'],
    ['tokenkeeper connect erp --reference env:ERP_KEY', 'the keeper worker looks it up'],
    ['tokenkeeper connect shopify/acme --tag customer:4711 --owner u-42', 'and whose it is'],
  ])
}

async function connect(ref: ConnectionRef, options: ConnectCommandOptions): Promise<void> {
  if (hasCredential(options)) checkCredentialOptions(options)
  const variables = readVariables(options.variable)
  const details = readDetailsOptions(options)
  const target = readRedirectTarget(options.redirectUri, options.port)
  await withKeeper(options, async ({ keeper }) => {
    const { scope, allowOtherAccount } = options
    if (hasCredential(options)) {
      const credentialOf = await readCredential(options)
      const credential = await credentialOf(ref)
      const after = await keeper.connect(ref.connector, ref.account, credential, {
        ...details,
        allowOtherAccount,
      })
      showOutcome(after, options)
      return
    }
    const { connectInBrowser } = await import('./connect-in-browser.js')
    const status = await connectInBrowser(keeper, ref, {
      ...details,
      target,
      show: (start) => announce(start, options.browser),
      scope,
      variables,
      allowOtherAccount,
    })
    showStatus(status, options)
  })
}

async function announce(start: StartAddress, browser: boolean): Promise<void> {
  const isOpened = browser && (await openBrowser(start.opened, process.env, process.platform))
  printNotes(
    isOpened
      ? 'Waiting for the browser, for 10 minutes at most. If none opened, open this yourself:'
      : 'Open this in a browser on this machine, within 10 minutes:',
    start.printed,
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

/**
 * Opens a URL in the person's browser, without a shell; false where there is none to open. `BROWSER`
 * names a program (`none`: none); else the system's own way is taken. Every user of this machine can read
 * the URL: it is an argument.
 */
async function openBrowser(
  url: string,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<boolean> {
  const opener = browserCommand(environment, platform)
  if (opener === undefined) return false
  const [program, ...args] = opener
  return await new Promise((resolve) => {
    // Detached: Ctrl-C at this command must not end the person's browser.
    const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

function browserCommand(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] | undefined {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = environment
  if (BROWSER === 'none') return undefined
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER]
  if (platform === 'darwin') return ['open']
  // `start` is a word of cmd.exe, which would read the URL as a command line.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  if ((DISPLAY ?? WAYLAND_DISPLAY ?? '') === '') return undefined
  return ['xdg-open']
}
