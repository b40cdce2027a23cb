import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { TemporalSettings } from './temporal-settings.js'

type Tls = TemporalSettings['connection']['tls']

const WITHIN_MS = 2000
/** A server that wants a client certificate says so a moment after the handshake (TLS 1.3). */
const OBJECTS_WITHIN_MS = 500

const UNKNOWN_CA = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/**
 * Why no TLS with a server comes about, and what to do: gRPC says only that it waited in vain. Undefined
 * where TLS is not what is wrong.
 */
export async function tlsProblem(address: string, tls: Tls): Promise<string | undefined> {
  if (tls === undefined || tls === null || tls === false) return undefined
  const code = await codeOf(address, tls === true ? {} : tls)
  if (code === undefined) return undefined
  if (UNKNOWN_CA.includes(code))
    return `its certificate is of a CA that is not known here (${code}): name the CA with --tls-ca-path`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for another name (${code}): give that name with --tls-server-name, or look at the address`
  if (code.startsWith('CERT_')) return `its certificate is not valid (${code}): look at its dates`
  if (/ALERT/.test(code))
    return `it refused the client certificate, or wants one (${code}): give one with --tls-cert-path and --tls-key-path`
  return /WRONG_VERSION|ERR_SSL/.test(code)
    ? `it does not speak TLS there (${code}): --no-tls turns it off`
    : undefined
}

function codeOf(
  address: string,
  tls: Exclude<Tls, boolean | null | undefined>,
): Promise<string | undefined> {
  const { hostname, port } = new URL(`https://${address}`)
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(port === '' ? 443 : port),
      servername: tls.serverNameOverride ?? (isIP(host) === 0 ? host : undefined),
      ca: asBuffer(tls.serverRootCACertificate),
      cert: asBuffer(tls.clientCertPair?.crt),
      key: asBuffer(tls.clientCertPair?.key),
      ALPNProtocols: ['h2'],
    })
    const end = (code: string | undefined): void => {
      socket.destroy()
      resolve(code)
    }
    socket.setTimeout(WITHIN_MS, () => end(undefined))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code))
    socket.once('secureConnect', () => socket.setTimeout(OBJECTS_WITHIN_MS))
    socket.resume()
  })
}

function asBuffer(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes)
}
