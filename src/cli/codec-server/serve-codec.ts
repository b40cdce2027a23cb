import { randomBytes } from 'node:crypto'
import type { PayloadCodec } from '@temporalio/common'
import { printNotes } from '../frame/print.js'
import { UsageError } from '../frame/usage-error.js'
import { checkHost, listen, localUrl, untilToldToEnd } from '../frame/web-server.js'
import { createRemoteCodec } from '../temporal/remote-codec.js'
import { createCodecApp } from './codec-app.js'

/** What `tokenkeeper codec-server` takes. */
export interface CodecServerOptions {
  readonly host: string
  readonly port: number
  readonly publicUrl?: string | undefined
  readonly origin: readonly string[]
  /** False with `--no-token`. */
  readonly token: boolean
  readonly codecEndpoint?: string | undefined
  readonly codecAuth?: string | undefined
}

const TOKEN_VARIABLE = 'TOKENKEEPER_CODEC_TOKEN'
/** One that can be guessed is none. */
const LEAST_TOKEN_LENGTH = 20
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** Serves the codec protocol until the process is told to end. Needs neither Temporal nor a key. */
export async function serveCodec(options: CodecServerOptions): Promise<void> {
  const { host, publicUrl } = options
  checkHost(options)
  const origins = options.origin.map(readOrigin)
  const token = readToken(options, process.env)
  const place = publicUrl === undefined ? undefined : readHttpsUrl(publicUrl)
  const own = options.codecEndpoint
  if (own !== undefined) checkOwnCodec(own)
  const server = await listen(host, options.port)
  const locals = LOOPBACK_NAMES.map((name) => `${name}:${server.port}`)
  const hosts = place === undefined ? locals : [place.host]
  if (own !== undefined && [...locals, ...hosts].includes(hostOfEndpoint(own))) {
    server.close()
    throw new UsageError('--codec-endpoint is this codec server itself: name the one of your own.')
  }
  const codecOf = own === undefined ? undefined : codecsAt(own, options)
  const app = createCodecApp({ token, origins, hosts, secure: place !== undefined, codecOf })
  server.answerWith((request) => app.fetch(request))
  tellHowToAsk(place?.origin ?? localUrl(browserName(host), server.port), token, origins)
  await untilToldToEnd()
  server.close()
}

/** By this name the cookie of a browser is for the Web UI at `localhost`, too. */
function browserName(host: string): string {
  return host === '127.0.0.1' ? 'localhost' : host
}

function tellHowToAsk(url: string, token: string | undefined, origins: readonly string[]): void {
  printNotes(`The codec server is at ${url}. End it with Ctrl-C.`)
  printNotes(`Pages that may ask it: ${origins.join(', ')}.`)
  if (token === undefined) {
    printNotes('It asks for no token.', `  temporal workflow show --codec-endpoint ${url} …`)
    return
  }
  const isGiven = process.env[TOKEN_VARIABLE] !== undefined
  printNotes(
    `For the Web UI, open ${url} in the same browser first, and sign in with the token.`,
    `  temporal workflow show --codec-endpoint ${url} --codec-auth "Bearer $${TOKEN_VARIABLE}" …`,
  )
  if (!isGiven) printNotes('This is the token; it is shown once and ends with the server:', token)
}

/** @throws UsageError */
function readToken(
  { token, host, codecEndpoint, publicUrl }: CodecServerOptions,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const given = env[TOKEN_VARIABLE]
  if (!token) {
    if (publicUrl !== undefined)
      throw new UsageError(
        `--no-token is for this machine alone, and not for ${host} and ${publicUrl}.`,
      )
    if (codecEndpoint !== undefined)
      throw new UsageError(
        '--no-token would let everybody of this machine read what your codec decodes.',
      )
    return undefined
  }
  if (given === undefined) return randomBytes(24).toString('base64url')
  if (given.length >= LEAST_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(given)) return given
  throw new UsageError(
    `${TOKEN_VARIABLE} must be at least ${LEAST_TOKEN_LENGTH} letters, digits and signs: openssl rand -hex 24 prints one.`,
  )
}

/** @throws UsageError for all that no browser sends as an origin */
function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, ''))
    return url.origin
  throw new UsageError(
    '--origin is the address of the Web UI without a path, as https://temporal.example: * is none.',
  )
}

/** @throws UsageError */
function readHttpsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && url.pathname === '/') return url
  throw new UsageError('--public-url is an https address without a path, as https://codec.example.')
}

/** @throws UsageError */
function checkOwnCodec(endpoint: string): void {
  const url = endpoint.replaceAll('{namespace}', 'n')
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return
  throw new UsageError('--codec-endpoint takes a URL, as http://localhost:8081.')
}

function hostOfEndpoint(endpoint: string): string {
  return new URL(endpoint.replaceAll('{namespace}', 'n')).host
}

function codecsAt(
  endpoint: string,
  { codecAuth }: CodecServerOptions,
): (namespace: string) => PayloadCodec {
  const auth = codecAuth ?? process.env['TOKENKEEPER_CODEC_AUTH']
  return (namespace) => createRemoteCodec({ endpoint, auth, headers: {} }, namespace)
}
