import { readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import type { ConnectLinkSettings } from '../client/connect-links.js'
import { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import {
  type ConnectBrand,
  createConnectPages,
  createConsole,
  type OpenIdSignIn,
  type TokenSignIn,
} from '../console/index.js'
import type { ConsoleCommandOptions } from './console.js'
import { printNotes } from './frame/print.js'
import { UsageError } from './frame/usage-error.js'
import { checkHost, listen, localUrl, untilToldToEnd } from './frame/web-server.js'
import { withKeeper } from './temporal/with-keeper.js'

/** Serves the console until the process is told to end. */
export async function serveConsole(options: ConsoleCommandOptions): Promise<void> {
  const { host, port, oidcIssuer } = options
  checkHost(options)
  const signIn = oidcIssuer === undefined ? tokenOf(process.env) : openIdOf(options, process.env)
  const connectLinks = linksOf(options, process.env)
  const baseOf = (port: number): string => options.publicUrl ?? localUrl(host, port)
  if (connectLinks !== undefined && isBelow(baseOf(port), connectLinks.url))
    throw new UsageError(
      `Connect links at ${connectLinks.url} would take the place of the console: give --connect-url a path of its own, as ${new URL('/connect', baseOf(port)).href}.`,
    )
  const brand = readBrandFile(options.brand)
  await withKeeper(options, async ({ client, publicKey, taskQueue }) => {
    const keeper = new TokenkeeperClient({ client, publicKey, taskQueue, connectLinks })
    const server = await listen(host, port)
    const publicUrl = baseOf(server.port)
    const onFailed = (error: unknown): void => {
      printNotes(`console: ${error instanceof Error ? error.message : 'failed'}`)
    }
    const sessionKey = process.env['TOKENKEEPER_SESSION_KEY']
    const site = { client, keeper, taskQueue, publicUrl, signIn, sessionKey, onFailed }
    const console = createConsole(site)
    const pages = connectLinks && createConnectPages({ keeper, brand, onFailed })
    server.answerWith((request) =>
      pages !== undefined && isBelow(requestedUrl(request), connectLinks?.url ?? '')
        ? pages.fetch(request)
        : console.fetch(request),
    )
    printNotes(`The console is at ${publicUrl}. End it with Ctrl-C.`)
    if (connectLinks !== undefined) printNotes(`Connect links lead to ${connectLinks.url}.`)
    if (signIn.kind === 'token' && process.env['TOKENKEEPER_CONSOLE_TOKEN'] === undefined)
      printNotes(
        'Sign in with this token; it is shown once and ends with the console:',
        signIn.token,
      )
    await untilToldToEnd()
    server.close()
  })
}

/** As it was asked for: under the name of the `Host` header. */
function requestedUrl(request: Request): string {
  const { host, pathname } = new URL(request.url)
  return `http://${request.headers.get('host') ?? host}${pathname}`
}

/** Whether an address is one of the connect pages: they may have a host of their own, or a path of the console's. */
function isBelow(address: string, base: string): boolean {
  if (!URL.canParse(address) || !URL.canParse(base)) return false
  const asked = new URL(address)
  const { host, pathname } = new URL(base)
  const path = pathname.replace(/\/+$/, '')
  const isPath = path === '' || asked.pathname === path || asked.pathname.startsWith(`${path}/`)
  return asked.host === host && isPath
}

function linksOf(
  { connectUrl }: ConsoleCommandOptions,
  env: NodeJS.ProcessEnv,
): ConnectLinkSettings | undefined {
  if (connectUrl === undefined) return undefined
  const keys = (env['TOKENKEEPER_LINK_KEYS'] ?? '').split(',').filter((key) => key !== '')
  if (keys.length === 0)
    throw new UsageError(
      'Connect links are made with a key that your application has as well: put it into TOKENKEEPER_LINK_KEYS (openssl rand -base64 32 prints one).',
    )
  return { url: connectUrl, keys }
}

function readBrandFile(file: string | undefined): ConnectBrand {
  if (file === undefined) return { name: 'This application' }
  try {
    const brand = JSON.parse(readFileSync(file, 'utf8')) as ConnectBrand
    if (typeof (brand.name as unknown) === 'string') return brand
  } catch {
    // The reason is printed below.
  }
  throw new UsageError(
    `${file} is no brand: write a JSON object as {"name":"Acme","accentColor":"#0b57b0"}.`,
  )
}

function tokenOf(env: NodeJS.ProcessEnv): TokenSignIn {
  const token = env['TOKENKEEPER_CONSOLE_TOKEN'] ?? randomBytes(24).toString('base64url')
  return { kind: 'token', token, viewerToken: env['TOKENKEEPER_CONSOLE_VIEWER_TOKEN'] }
}

function openIdOf(options: ConsoleCommandOptions, env: NodeJS.ProcessEnv): OpenIdSignIn {
  const { oidcIssuer = '', oidcClientId, operator = [], viewer = [] } = options
  if (oidcClientId === undefined)
    throw new UsageError(
      'Sign-in by OpenID Connect needs --oidc-client-id, as the issuer knows it.',
    )
  if (operator.length + viewer.length === 0)
    throw new UsageError(
      'Nobody could sign in: say who may with --operator groups=ops or --viewer email=alice@example.com.',
    )
  const operators = operator.map(readRule)
  const viewers = viewer.map(readRule)
  return {
    kind: 'oidc',
    issuer: oidcIssuer,
    clientId: oidcClientId,
    clientSecret: env['TOKENKEEPER_OIDC_CLIENT_SECRET'],
    scope: options.oidcScope,
    roleOf: (claims) => {
      if (operators.some((rule) => fits(claims, rule))) return 'operator'
      return viewers.some((rule) => fits(claims, rule)) ? 'viewer' : undefined
    },
  }
}

interface ClaimRule {
  readonly claim: string
  readonly value: string
}

function readRule(text: string): ClaimRule {
  const [, claim, value] = /^([\w:./-]+)=(.+)$/.exec(text) ?? []
  if (claim !== undefined && value !== undefined) return { claim, value }
  throw new UsageError('--operator and --viewer take claim=value, as groups=ops.')
}

/** An address of mail counts only where the issuer says that it has been checked. */
function fits(claims: Readonly<Record<string, unknown>>, { claim, value }: ClaimRule): boolean {
  if (claim === 'email' && claims['email_verified'] !== true) return false
  const given = claims[claim]
  return Array.isArray(given) ? given.includes(value) : given === value
}
