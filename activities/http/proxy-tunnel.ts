import { Socket } from 'node:net'
import { Client } from 'undici'
import { faultCode, PROXY, TUNNEL } from '../../src/wire/network-faults.js'
import { type EnvironmentProxy, ProxyFailed } from './environment-proxies.js'

/**
 * A connection to a host through a proxy (CONNECT, RFC 9110 section 9.3.6). By undici's `Client` and not
 * its `ProxyAgent`, which asks a proxy that breaks off again and again for ever, and does not tell the
 * failures of the proxy from those of the host.
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
    const { statusCode, socket } = await client.connect({
      path: authority,
      headers: {
        host: authority,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    })
    // Without a listener an error of the socket would end the process; its user is told by undici.
    socket.on('error', () => undefined)
    if (socket instanceof Socket && statusCode >= 200 && statusCode < 300) return socket
    socket.destroy()
    throw new ProxyFailed(`${PROXY}HTTP_${String(statusCode)}`)
  } catch (error) {
    throw error instanceof ProxyFailed ? error : new ProxyFailed(`${PROXY}${codeOf(error)}`)
  } finally {
    clearTimeout(timer)
    void client.destroy()
  }
}

/** undici gives no code to what it can't parse. */
function codeOf(error: unknown): string {
  return (error as Error | undefined)?.name === 'HTTPParserError' ? 'NOT_HTTP' : faultCode(error)
}

/** A certificate is the host's own; whatever else fails in a tunnel may be the proxy's doing. */
export function tunnelFault(error: Error): Error {
  const code = faultCode(error)
  return /CERT|ISSUER|UNABLE_TO_VERIFY|INVALID_CA/.test(code)
    ? error
    : new ProxyFailed(`${TUNNEL}${code}`)
}
