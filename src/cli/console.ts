import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { ConsoleOptions, OpenIdSignIn, TokenSignIn } from '../console/index.js'
import { createConsole } from '../console/index.js'
import { printNotes } from './print.js'
import type { TemporalOptions } from './temporal-options.js'
import { UsageError } from './usage-error.js'
import { withKeeper } from './with-keeper.js'

export interface ConsoleCommandOptions extends TemporalOptions {
  readonly host: string
  readonly port: number
  readonly publicUrl?: string | undefined
  readonly oidcIssuer?: string | undefined
  readonly oidcClientId?: string | undefined
  /** `claim=value`, as `groups=ops` or `email=alice@example.com`. */
  readonly operator?: readonly string[] | undefined
  readonly viewer?: readonly string[] | undefined
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

/** `tokenkeeper console`: serves the console until the process is told to end. */
export async function serveConsole(options: ConsoleCommandOptions): Promise<void> {
  const { host, port, oidcIssuer } = options
  if (!LOOPBACK.includes(host) && options.publicUrl === undefined)
    throw new UsageError(
      `Listening on ${host} lets other machines in: name the https address that a proxy with TLS gives it, with --public-url https://….`,
    )
  const signIn = oidcIssuer === undefined ? tokenOf(process.env) : openIdOf(options, process.env)
  await withKeeper(options, async ({ client, keeper }) => {
    let answer: (request: Request) => Response | Promise<Response> = () =>
      new Response(null, { status: 503 })
    const server = createServer((request, response) => {
      void getRequestListener((web) => answer(web))(request, response)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new UsageError(
            `${host}:${port} can't be listened on (${error.code ?? 'unknown reason'}): give another --port.`,
          ),
        ),
      )
      server.listen(port, host, resolve)
    })
    const bound = (server.address() as AddressInfo).port
    const publicUrl = options.publicUrl ?? `http://${host === '::1' ? '[::1]' : host}:${bound}`
    const site: ConsoleOptions = {
      client,
      keeper,
      taskQueue: options.taskQueue,
      publicUrl,
      signIn,
      sessionKey: process.env['TOKENKEEPER_SESSION_KEY'],
      onFailed: (error) => {
        printNotes(`console: ${error instanceof Error ? error.message : 'failed'}`)
      },
    }
    answer = createConsole(site).fetch
    printNotes(`The console is at ${publicUrl}. End it with Ctrl-C.`)
    if (signIn.kind === 'token' && process.env['TOKENKEEPER_CONSOLE_TOKEN'] === undefined)
      printNotes(
        'Sign in with this token; it is shown once and ends with the console:',
        signIn.token,
      )
    await untilEnded()
    server.close()
    server.closeAllConnections()
  })
}

function untilEnded(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
  })
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
