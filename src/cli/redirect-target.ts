import { UsageError } from './frame/usage-error.js'

/** Where the browser comes back to, and where to listen for it. */
export interface RedirectTarget {
  readonly hostname: '127.0.0.1' | '::1'
  /** 0: whichever is free. */
  readonly port: number
  readonly callbackPath: string
  readonly publicUrl: (port: number) => string
}

/**
 * Reads `--redirect-uri` and `--port`. Without the first it is `http://127.0.0.1:<port>/callback`. An
 * https one is that of a tunnel to the port.
 * @throws UsageError
 */
export function readRedirectTarget(
  redirectUri: string | undefined,
  port: number | undefined,
): RedirectTarget {
  if (redirectUri === undefined)
    return {
      hostname: '127.0.0.1',
      port: port ?? 0,
      callbackPath: '/callback',
      publicUrl: (bound) => `http://127.0.0.1:${bound}`,
    }
  const parts = /^(https?:\/\/[^/?#@]+)([^?#]*)$/.exec(redirectUri)
  const url = parts === null || !URL.canParse(redirectUri) ? undefined : new URL(redirectUri)
  if (parts === null || url === undefined)
    throw new UsageError('--redirect-uri must be a plain URL, as http://127.0.0.1:8123/callback.')
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol === 'http:' && !loopback)
    throw new UsageError('--redirect-uri must be https, or http to loopback.')
  const own = loopback && url.port !== '' ? Number(url.port) : undefined
  if (port === undefined && own === undefined)
    throw new UsageError(
      '--redirect-uri needs a port, or --port beside it: where does this command listen?',
    )
  return {
    hostname: url.hostname === '[::1]' ? '::1' : '127.0.0.1',
    port: port ?? own ?? 0,
    callbackPath: parts[2] ?? '',
    publicUrl: () => parts[1] ?? '',
  }
}
