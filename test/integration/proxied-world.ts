import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certify, makeAuthority } from '../fixtures/certificates.js'
import {
  type ConnectProxy,
  type ProxyManner,
  startConnectProxy,
} from '../fixtures/connect-proxy.js'
import { readBody, sendJson } from '../fixtures/loopback-server.js'
import { startChild } from './child.js'
import type { ProxiedJob, ProxiedOutcome } from './proxied-child.js'

export const USER = 'canary-user-5d1e'
/** With what would end an address, were it not encoded. */
export const PASSWORD = 'canary:p@ss/wörd?91'
export const CLIENT_SECRET = 'canary-client-secret-77b0'
export const MANNERS: readonly ProxyManner[] = [
  ...([403, 407, 502] as const),
  ...(['reset', 'end', 'garbage', 'reset-after', 'end-after', 'garbage-after'] as const),
]

/** Those that say nothing are waited for, so that one request each is enough. */
const HANGING = ['hang', 'hang-after'] as const

type Which = ProxyManner | 'locked' | 'secure'

/** An upstream with TLS, proxies of every manner before it, and what workers behind them have come to. */
export interface ProxiedWorld {
  readonly port: number
  readonly outcome: (name: string) => ProxiedOutcome
  /** What the upstream has seen: method, URL and body. */
  readonly seen: readonly string[]
  /** All results and failures as text. */
  readonly said: string
  /** How often a proxy was asked for hosts that begin so. */
  readonly connects: (which: Which, host: string) => number
  readonly stop: () => Promise<void>
}

interface Place {
  readonly port: number
  readonly hostOf: (which: Which) => string
}

/** Runs all jobs: in one process that knows the CA of the upstream, and in one that does not. */
export async function runProxiedWorld(): Promise<ProxiedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'proxies-'))
  const authority = await makeAuthority()
  const own = await certify(authority, 'upstream', ['*.upstream.example'])
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, authority.cert)
  const seen: string[] = []
  const server = createServer(own, (request, response) => {
    void readBody(request).then((body) => {
      const origin = `https://${String(request.headers.host)}`
      seen.push(`${String(request.method)} ${origin}${String(request.url)} ${body}`)
      answer(origin, request.url ?? '', response)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  const resolve = (host: string) => (host.endsWith('.example') ? port : undefined)
  const proxies = new Map<Which, ConnectProxy>()
  for (const manner of ['pass', ...MANNERS, ...HANGING] as const)
    proxies.set(manner, await startConnectProxy({ resolve, manner }))
  const credential = `${USER}:${PASSWORD}`
  proxies.set('locked', await startConnectProxy({ resolve, credential }))
  proxies.set('secure', await startConnectProxy({ resolve, tls: own }))
  const place: Place = { port, hostOf: (which) => proxies.get(which)?.host ?? '' }
  const [knowing, strange] = await Promise.all([
    runJobs(jobs(place), join(folder, 'knowing'), { NODE_EXTRA_CA_CERTS: caFile }),
    runJobs(strangersJobs(place), join(folder, 'strange')),
  ])
  const outcomes = { ...knowing, ...strange }
  return {
    port,
    seen,
    said: JSON.stringify(outcomes),
    outcome: (name) => {
      const found = outcomes[name]
      if (found === undefined) throw new Error(`no job ${name}`)
      return found
    },
    connects: (which, host) =>
      proxies.get(which)?.asked.filter((one) => one.startsWith(host)).length ?? 0,
    stop: async () => {
      for (const proxy of proxies.values()) await proxy.stop()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function answer(origin: string, path: string, response: ServerResponse): void {
  if (path === '/moved')
    // As an API that does not know of the TLS before it.
    response.writeHead(302, { location: `${origin.replace('https', 'http')}/me` }).end()
  else if (path === '/token')
    sendJson(response, 200, { access_token: 'canary-access', token_type: 'bearer', expires_in: 60 })
  else if (path.startsWith('/.well-known/'))
    sendJson(response, 200, { issuer: origin, token_endpoint: `${origin}/token` })
  else sendJson(response, 200, { ok: true })
}

/** A proxy that is spoken to by TLS itself. */
function secure({ hostOf }: Place) {
  return { HTTPS_PROXY: `https://${hostOf('secure')}` }
}

/** Each job has a host of its own, which is its name, so that none goes by a connection of another one. */
function jobsAt({ port, hostOf }: Place) {
  const via = (which: Which) => ({ HTTPS_PROXY: `http://${hostOf(which)}` })
  return {
    via,
    own: (host: string) => ({ origin: `https://${host}:${String(port)}` }),
    job: (name: string, task: ProxiedJob['task'], more: Partial<ProxiedJob> = {}): ProxiedJob => {
      const origin = `https://${name}.upstream.example:${String(port)}`
      return { name, task, origin, env: via('pass'), ...more }
    },
  }
}

function jobs(place: Place): readonly ProxiedJob[] {
  const { job, own, via } = jobsAt(place)
  const { hostOf } = place
  const pair = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`
  const locked = { HTTPS_PROXY: `http://${pair}@${hostOf('locked')}` }
  const wrong = { HTTPS_PROXY: `http://${USER}:canary-wrong@${hostOf('locked')}` }
  const tasks = ['me', 'add', 'moved', 'mint', 'discovered', 'verify', 'revoke'] as const
  return [
    ...tasks.map((task) => job(`via-${task}`, task)),
    job('lower', 'me', {
      env: { https_proxy: via('pass').HTTPS_PROXY, HTTPS_PROXY: 'http://x:1' },
    }),
    job('plain', 'me', { env: { HTTP_PROXY: via('pass').HTTPS_PROXY } }),
    job('schemeless', 'me', { env: { HTTPS_PROXY: hostOf('pass') } }),
    job('inside-via', 'me'),
    job('inside-not', 'me', { env: { ...via('pass'), NO_PROXY: 'upstream.example' } }),
    job('inside-not-mint', 'mint', { env: { ...via('pass'), no_proxy: '.upstream.example' } }),
    job('nowhere', 'me', { env: { ...via('pass'), NO_PROXY: 'a.example, *.upstream.example' } }),
    job('secure-add', 'add', { env: secure(place) }),
    job('secure-mint', 'mint', { env: secure(place) }),
    job('forbidden', 'me', { network: { proxy: false } }),
    job('forbidden-mint', 'mint', { network: { proxy: false } }),
    job('locked', 'me', { env: locked }),
    job('locked-mint', 'mint', { env: locked }),
    job('locked-wrong', 'add', { env: wrong }),
    job('locked-wrong-mint', 'mint', { env: wrong }),
    ...['localhost', '127.0.0.1'].flatMap((host) => [
      job(`own-${host}`, 'me', own(host)),
      job(`own-mint-${host}`, 'mint', own(host)),
    ]),
    ...LITERALS.flatMap((host) => [
      job(`literal-${host}`, 'me', own(host)),
      job(`literal-mint-${host}`, 'mint', own(host)),
    ]),
    ...MANNERS.flatMap((manner) => {
      const env = via(manner)
      const tasks = ['add', 'mint', 'verify', 'discovered', 'revoke'] as const
      return tasks.map((task) => job(`${String(manner)}-${task}`, task, { env }))
    }),
    ...HANGING.map((manner) =>
      job(`${manner}-mint`, 'mint', { env: via(manner), connectTimeoutMs: 1500 }),
    ),
    job('down-add', 'add', { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } }),
    job('down-mint', 'mint', { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } }),
    job('unknown-mint', 'mint', { env: { HTTPS_PROXY: `http://${USER}:x@proxy.example:3128` } }),
    job('invalid-add', 'add', { env: { HTTPS_PROXY: `${USER} is none` } }),
    job('invalid-mint', 'mint', { env: { HTTPS_PROXY: `${USER} is none` } }),
    job('other-name', 'add', own('other.example')),
  ]
}

export const LITERALS = ['10.0.0.1', '169.254.169.254', '0.0.0.0']

function strangersJobs(place: Place): readonly ProxiedJob[] {
  const { job, own } = jobsAt(place)
  return [
    job('strange-add', 'add'),
    job('strange-mint', 'mint'),
    job('strange-verify', 'verify'),
    job('strange-secure', 'mint', { env: secure(place) }),
    job('strange-direct', 'add', own('localhost')),
  ]
}

async function runJobs(
  list: readonly ProxiedJob[],
  file: string,
  more: Readonly<Record<string, string>> = {},
) {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, PROXIED_CLIENT_SECRET: CLIENT_SECRET, ...more }
  const child = await startChild('proxied-child.ts', [JSON.stringify(list), file], env)
  await child.kill('SIGKILL')
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, ProxiedOutcome>
}
