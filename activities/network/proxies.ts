import { domainToASCII } from 'node:url'
import { Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Client } from 'undici'
import {
  faultAdvice,
  faultCode,
  PROXY,
  PROXY_INVALID,
  TUNNEL,
} from '../../src/wire/network-faults.js'
import { literalAddress } from './network-policy.js'

/** A proxy that the environment names. */
export interface EnvironmentProxy {
  /** `http://proxy.example:3128`, or https. */
  readonly origin: string
  /** `Proxy-Authorization`, where the environment has a user. */
  readonly authorization?: string | undefined
}

/** What failed at the proxy or behind it, before anything was sent. Its text names nothing. */
export class ProxyFailed extends Error {
  constructor(readonly code: string) {
    super('the proxy failed')
  }
}

type ProxyVariables = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a host, by `HTTPS_PROXY`, else `HTTP_PROXY`; none for hosts of `NO_PROXY`. Lower-case
 * names come first, as with curl.
 * @param host without brackets, where it is an IPv6 address
 * @throws ProxyFailed `PROXY_INVALID`
 */
export function environmentProxy(
  host: string,
  port: number,
  environment: ProxyVariables = process.env,
): EnvironmentProxy | undefined {
  const value = proxyValue(environment)
  const without = environment['no_proxy'] || environment['NO_PROXY'] || ''
  if (value === '' || isWithout(host.toLowerCase().replace(/\.$/, ''), port, without))
    return undefined
  return readProxy(value)
}

/** What is wrong with the proxies of the environment; its value is not repeated. */
export function proxyProblem(environment: ProxyVariables = process.env): string | undefined {
  const value = proxyValue(environment)
  try {
    if (value !== '') readProxy(value)
    return undefined
  } catch {
    return `${faultAdvice(PROXY_INVALID) ?? PROXY_INVALID}. A connector that is to use no proxy says network: { proxy: false }.`
  }
}

/** Which variables name a proxy, or the hosts that go without; never their values, in which a password may stand. */
export function proxyVariables(environment: ProxyVariables = process.env): readonly string[] {
  const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY']
  return names.filter((name) => (environment[name] ?? '').trim() !== '')
}

function proxyValue({ https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY }: ProxyVariables): string {
  return (https_proxy || HTTPS_PROXY || http_proxy || HTTP_PROXY || '').trim()
}

/**
 * Without a scheme it is http, as with other clients, but only with a port. A path is refused: where a
 * password has a slash that is not encoded, its parts would be taken for host and path.
 */
function readProxy(value: string): EnvironmentProxy {
  const text = /^[\w.-]+:\d+\/?$/.test(value) ? `http://${value}` : value
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw new ProxyFailed(PROXY_INVALID)
  const { origin, username, password, pathname, search, hash } = new URL(text)
  if (pathname !== '/' || search !== '' || hash !== '') throw new ProxyFailed(PROXY_INVALID)
  if (username === '' && password === '') return { origin }
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return { origin, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
  } catch {
    throw new ProxyFailed(PROXY_INVALID)
  }
}

/** Names with all that is below them, addresses, blocks (`10.0.0.0/8`), each with a port or none; `*`. */
function isWithout(host: string, port: number, list: string): boolean {
  return list
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const address = literalAddress(host)
      if (entry.includes('/')) return address !== undefined && isWithin(address, entry)
      const parts = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry)
      if (parts !== null && Number(parts[2]) !== port) return false
      const named = (parts?.[1] ?? entry).replace(/^\*?\./, '').replace(/\.$/, '')
      const literal = literalAddress(named)
      if (literal !== undefined)
        return address !== undefined && sameAddress(address) === sameAddress(literal)
      const name = domainToASCII(named) || named.toLowerCase()
      return host === name || host.endsWith(`.${name}`)
    })
}

function sameAddress(text: string): string {
  return ipaddr.process(text).toString()
}

function isWithin(text: string, block: string): boolean {
  if (!ipaddr.isValidCIDR(block)) return false
  const address = ipaddr.process(text)
  const [network, bits] = ipaddr.parseCIDR(block)
  return network.kind() === address.kind() && address.match(network, bits)
}

/**
 * A connection to a host through a proxy (CONNECT, RFC 9110 section 9.3.6). By undici's `Client` and not
 * its `ProxyAgent`, which asks a proxy that breaks off again and again for ever, and does not
 * distinguish the failures of the proxy from those of the host.
 * @param authority host and port
 * @param timeoutMs of all that the proxy does
 * @throws ProxyFailed
 */
export async function openTunnel(
  { origin, authorization }: EnvironmentProxy,
  authority: string,
  timeoutMs: number,
): Promise<Socket> {
  const client = new Client(origin, { connect: { timeout: timeoutMs } })
  const timer = setTimeout(() => {
    void client.destroy(new ProxyFailed(`${PROXY}TIMEOUT`))
  }, timeoutMs)
  try {
    const headers: Record<string, string> = { host: authority }
    if (authorization !== undefined) headers['proxy-authorization'] = authorization
    const { statusCode, socket } = await client.connect({ path: authority, headers })
    // Without a listener an error of the socket would end the process; undici reports it to its user.
    socket.on('error', () => undefined)
    if (socket instanceof Socket && statusCode >= 200 && statusCode < 300) return socket
    socket.destroy()
    throw new ProxyFailed(`${PROXY}HTTP_${statusCode}`)
  } catch (error) {
    throw error instanceof ProxyFailed
      ? error
      : new ProxyFailed(`${PROXY}${exchangeFaultCode(error)}`)
  } finally {
    clearTimeout(timer)
    void client.destroy()
  }
}

/** undici gives no code to what it can't parse. */
function exchangeFaultCode(error: unknown): string {
  return (error as Error | undefined)?.name === 'HTTPParserError' ? 'NOT_HTTP' : faultCode(error)
}

/** A certificate is the host's own; whatever else fails in a tunnel may be the proxy's doing. */
export function tunnelFault(error: Error): Error {
  const code = faultCode(error)
  return /CERT|ISSUER|UNABLE_TO_VERIFY|INVALID_CA/.test(code)
    ? error
    : new ProxyFailed(`${TUNNEL}${code}`)
}
