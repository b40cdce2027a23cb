import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { BeginAuthorizationOptions } from '../client/authorize.js'
import type { TokenkeeperClient } from '../client/tokenkeeper-client.js'
import { TokenkeeperError } from '../client/errors/tokenkeeper-error.js'
import { AUTHORIZATION_LIFETIME_MS } from '../contract/authorization.js'
import { type ConnectionRef, formatConnection } from '../contract/connection-ref.js'
import type { ConnectionStatus } from '../contract/token-status.js'
import { createAuthorizationHandler } from '../web/create-authorization-handler.js'
import type { RedirectTarget } from './redirect-target.js'
import { UsageError } from './frame/usage-error.js'

interface BrowserConnectOptions extends Omit<BeginAuthorizationOptions, 'redirectUri'> {
  readonly target: RedirectTarget
  readonly show: (start: StartAddress) => Promise<void>
}

/** Where the person starts. */
export interface StartAddress {
  readonly printed: string
  /** For the program that opens a browser: good once. */
  readonly opened: string
}

/** What any page of the web can cause by calling this port: it ends nothing. */
const NOT_OURS = [
  'AuthorizationStateUnknown',
  'AuthorizationOfSomeoneElse',
  'NotAllowed',
  'InvalidConnection',
]

/**
 * Connects by an authorization in a browser on this machine (RFC 8252): listens on loopback, waits for
 * one callback, and ends. The browser starts at this port, where it gets the cookie that binds it.
 */
export async function connectInBrowser(
  keeper: TokenkeeperClient,
  ref: ConnectionRef,
  { target, show, ...begin }: BrowserConnectOptions,
): Promise<ConnectionStatus> {
  let succeed: (status: ConnectionStatus) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const outcome = new Promise<ConnectionStatus>((resolve, reject) => {
    succeed = resolve
    fail = reject
  })
  outcome.catch(() => undefined)
  const keys = new StartKeys()
  let answer: (request: Request) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 })
  const server = await listenForCallback(
    target,
    (request) => answer(request),
    (port) => [new URL(target.publicUrl(port)).host, `127.0.0.1:${port}`],
  )
  try {
    const publicUrl = target.publicUrl(server.port)
    const redirectUri = `${publicUrl}${target.callbackPath}`
    // Begun before anything is shown: a connection that can't be authorised fails here, and the first visit to the page uses this authorization.
    let begun: ReturnType<TokenkeeperClient['beginAuthorization']> | undefined =
      keeper.beginAuthorization(ref.connector, ref.account, { ...begin, redirectUri })
    await begun
    const handler = createAuthorizationHandler({
      keeper: {
        beginAuthorization: async (connector, account, options) => {
          const first = begun
          begun = undefined
          return await (first ?? keeper.beginAuthorization(connector, account, options))
        },
        completeAuthorization: (input) => keeper.completeAuthorization(input),
      },
      publicUrl,
      callbackPath: target.callbackPath,
      offerNewStart: false,
      mayConnect: (request, asked) => {
        if (formatConnection(asked) !== formatConnection(ref)) return false
        const verdict = keys.judge(request.url)
        if (verdict === 'opened twice') fail(openedTwice(ref))
        return verdict === 'may start' && begin
      },
      onConnected: (status) => {
        succeed(status)
        return undefined
      },
      onFailed: (error) => {
        const ours = !(error instanceof TokenkeeperError) || !NOT_OURS.includes(error.code)
        if (ours) fail(error instanceof Error ? error : new Error('the handler failed'))
      },
    })
    answer = handler.fetch
    const start = `${publicUrl}/start/${ref.connector}/${encodeURIComponent(ref.account)}`
    await show({ printed: keys.printed(start), opened: keys.opened(start) })
    return await withinLifetime(outcome, formatConnection(ref))
  } finally {
    await server.close()
  }
}

/** Nobody can say which of the two was the person's browser. */
function openedTwice(ref: ConnectionRef): TokenkeeperError {
  const connection = formatConnection(ref)
  return new TokenkeeperError(
    'AuthorizationOfSomeoneElse',
    `The address that was opened in your browser was opened a second time, maybe by another user of this machine, so ${connection} was not connected. Run the command again with --no-browser, and open the address that it prints yourself.`,
    connection,
  )
}

async function withinLifetime<T>(outcome: Promise<T>, connection: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new TokenkeeperError(
            'AuthorizationExpired',
            `Nobody came back from the browser within 10 minutes; ${connection} was not connected. Run the command again.`,
            connection,
          ),
        ),
      AUTHORIZATION_LIFETIME_MS,
    )
  })
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A server on loopback that takes one browser back. */
interface CallbackServer {
  readonly port: number
  /** Ends it when the answers under way are sent. */
  readonly close: () => Promise<void>
}

type CallbackAnswer = (request: Request) => Response | Promise<Response>

/**
 * Listens on loopback only (RFC 8252 section 7.3). A request under a foreign name is refused: a web
 * page may point its own name at this machine.
 * @param hosts what the `Host` header may be, `:port` included
 * @throws UsageError where the port is taken
 */
async function listenForCallback(
  options: { readonly hostname: '127.0.0.1' | '::1'; readonly port: number },
  answer: CallbackAnswer,
  hosts: (port: number) => readonly string[],
): Promise<CallbackServer> {
  const guarded: CallbackAnswer = async (request) => {
    if (!hosts(boundPort()).includes(request.headers.get('host') ?? ''))
      return new Response(null, { status: 421, headers: { connection: 'close' } })
    const response = await answer(request)
    // The command ends after one answer; a connection kept open would hold it.
    response.headers.set('connection', 'close')
    return response
  }
  const server = createServer((request, response) => {
    void getRequestListener(guarded)(request, response)
  })
  const boundPort = (): number => (server.address() as AddressInfo).port
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `Port ${options.port} can't be listened on (${error.code ?? 'unknown reason'}): give another --port, as registered with the provider.`,
        ),
      ),
    )
    server.listen(options.port, options.hostname, resolve)
  })
  return {
    port: boundPort(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 2000).unref()
      }),
  }
}

/** Longer than a browser takes to start. */
const OPENED_WITHIN_MS = 120_000

/** Whether a browser may start; `opened twice` where somebody else has used the address of the browser, too. */
type StartVerdict = 'may start' | 'refused' | 'opened twice'

/**
 * What lets a browser start an authorization. The address that is printed stands on the person's terminal
 * alone, and its key may be used again. The one that a program opens is an argument, which every user of
 * this machine can read in the list of processes: its key is good once, and for two minutes.
 */
class StartKeys {
  readonly #printed = randomBytes(32)
  readonly #opened = randomBytes(32)
  readonly #openedUntilMs = Date.now() + OPENED_WITHIN_MS
  #isOpened = false

  /** For the person. */
  printed(url: string): string {
    return withKey(url, this.#printed)
  }

  /** For the program that opens a browser. */
  opened(url: string): string {
    return withKey(url, this.#opened)
  }

  /** Uses the key of an address up where it is good once. */
  judge(url: string): StartVerdict {
    const given = Buffer.from(new URL(url).searchParams.get('key') ?? '', 'base64url')
    if (isKey(given, this.#printed)) return 'may start'
    if (!isKey(given, this.#opened)) return 'refused'
    if (this.#isOpened) return 'opened twice'
    this.#isOpened = true
    return Date.now() < this.#openedUntilMs ? 'may start' : 'refused'
  }
}

function withKey(url: string, key: Buffer): string {
  return `${url}?key=${key.toString('base64url')}`
}

function isKey(given: Buffer, key: Buffer): boolean {
  return given.length === key.length && timingSafeEqual(given, key)
}
