import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import {
  type ClientConfigTLS,
  type ClientConnectConfig,
  type ConfigDataSource,
  fromTomlProfile,
  toClientOptions,
} from '@temporalio/envconfig'
import {
  tomlLoadClientConfig,
  type TomlClientConfigProfile,
  tomlLoadClientConfigProfile,
} from '@temporalio/envconfig/lib/envconfig-toml.js'
import { withoutUndefined } from '../../contract/plain-data.js'
import { readPairs, type TemporalOptions } from './temporal-options.js'
import { nearestOf } from '../frame/nearest.js'
import { UsageError } from '../frame/usage-error.js'

/** A remote codec, as the codec protocol of Temporal's CLI and Web UI has it. */
export interface CodecSettings {
  readonly endpoint: string
  readonly auth?: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface TemporalSettings {
  readonly address: string
  /** Where the address came from, for messages: `from --address`. */
  readonly addressFrom: string
  readonly namespace: string
  readonly namespaceFrom: string
  /** Undefined where none is named anywhere, and it is the default. */
  readonly namedNamespace?: string | undefined
  readonly connection: Pick<ClientConnectConfig['connectionOptions'], 'apiKey' | 'tls' | 'metadata'>
  readonly identity: string
  readonly codec?: CodecSettings | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Options, then Temporal's variables, then its configuration file.
 * @throws UsageError where they can't be read, without what stands in them
 */
export function readTemporalSettings(
  options: TemporalOptions,
  env: Environment = process.env,
): TemporalSettings {
  const variables = options.disableConfigEnv === true ? {} : env
  const profile = readProfile(options, variables)
  const codec = readCodec(options, profile)
  const base = fromTomlProfile(profile)
  const { connectionOptions } = readOrRefuse(() =>
    toClientOptions(
      withoutUndefined({
        ...base,
        apiKey: options.apiKey ?? base.apiKey,
        tls: readTls(options, base.tls),
        grpcMeta: { ...base.grpcMeta, ...readPairs('--grpc-meta', options.grpcMeta) },
      }),
    ),
  )
  const { apiKey, tls, metadata } = connectionOptions
  const namedNamespace = options.namespace ?? base.namespace
  const from = (
    option: string | undefined,
    flag: string,
    name: string,
    inFile?: string,
  ): string => {
    if (option !== undefined) return `from ${flag}`
    if (variables[name] !== undefined) return `from ${name}`
    if (inFile === undefined) return 'the default'
    return `from the profile '${options.profile ?? variables['TEMPORAL_PROFILE'] ?? 'default'}'`
  }
  return {
    address: options.address ?? base.address ?? 'localhost:7233',
    addressFrom: from(options.address, '--address', 'TEMPORAL_ADDRESS', base.address),
    namespace: namedNamespace ?? 'default',
    namedNamespace,
    namespaceFrom: from(options.namespace, '--namespace', 'TEMPORAL_NAMESPACE', base.namespace),
    connection: withoutUndefined({ apiKey, tls, metadata }),
    identity: options.identity ?? defaultIdentity(),
    codec,
  }
}

function readProfile(options: TemporalOptions, env: Environment): TomlClientConfigProfile {
  const { configFile, disableConfigFile } = options
  const name = options.profile ?? env['TEMPORAL_PROFILE']
  if (disableConfigFile === true && options.profile !== undefined)
    throw new UsageError(
      '--profile names a part of the file that --disable-config-file leaves out.',
    )
  if (configFile !== undefined && !existsSync(configFile))
    throw new UsageError(`--config-file: there is no file ${configFile}.`)
  const configSource = configFile === undefined ? undefined : { path: configFile }
  const overrideEnvVars = definedOf(env)
  try {
    return tomlLoadClientConfigProfile(
      withoutUndefined({
        profile: options.profile,
        configSource,
        overrideEnvVars,
        disableFile: disableConfigFile === true,
      }),
    )
  } catch (error) {
    if (!(error instanceof Error && /^Profile '.*' not found/.test(error.message)))
      // The reason would quote the file, in which an API key may stand.
      throw new UsageError(
        "Temporal's configuration can't be read: look at its file (--config-file or TEMPORAL_CONFIG_FILE) and at the TEMPORAL_TLS variables.",
      )
    const names = Object.keys(
      tomlLoadClientConfig(withoutUndefined({ configSource, overrideEnvVars })).profile,
    )
    throw new UsageError(
      `Temporal's configuration file has no profile '${name ?? ''}'.${nearestOf(name ?? '', names)} It has: ${names.join(', ') || 'none'}.`,
    )
  }
}

function readTls(
  options: TemporalOptions,
  base: ClientConfigTLS | undefined,
): ClientConfigTLS | undefined {
  const clientCert = source(options.tlsCertPath, options.tlsCertData) ?? base?.clientCert
  const clientKey = source(options.tlsKeyPath, options.tlsKeyData) ?? base?.clientKey
  const serverCACert = source(options.tlsCaPath, options.tlsCaData) ?? base?.serverCACert
  const serverName = options.tlsServerName ?? base?.serverName
  if (options.tls === false) return { disabled: true }
  if ((clientCert === undefined) !== (clientKey === undefined))
    throw new UsageError(
      'A client certificate and its private key go together: --tls-cert-path and --tls-key-path.',
    )
  const given = { clientCert, clientKey, serverCACert, serverName }
  const isAsked =
    options.tls === true ||
    [options.tlsCertPath, options.tlsCertData, options.tlsCaPath, options.tlsCaData].some(
      (value) => value !== undefined,
    ) ||
    options.tlsServerName !== undefined
  if (isAsked) return withoutUndefined({ ...given, disabled: false })
  return base && withoutUndefined({ ...given, disabled: base.disabled })
}

function source(path: string | undefined, data: string | undefined): ConfigDataSource | undefined {
  if (path !== undefined && data !== undefined)
    throw new UsageError('A certificate or key comes from a file or as data, not as both.')
  if (path !== undefined) return { path }
  return data === undefined ? undefined : { data }
}

function readCodec(
  options: TemporalOptions,
  { codec }: TomlClientConfigProfile,
): CodecSettings | undefined {
  const endpoint = options.codecEndpoint ?? codec?.endpoint
  const auth = options.codecAuth ?? codec?.auth
  const headers = readPairs('--codec-header', options.codecHeader)
  if (endpoint === undefined || endpoint === '') {
    if (options.codecAuth === undefined && options.codecHeader === undefined) return undefined
    throw new UsageError('--codec-auth and --codec-header need --codec-endpoint beside them.')
  }
  const url = endpoint.replaceAll('{namespace}', 'n')
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new UsageError('--codec-endpoint takes a URL, as http://localhost:8081.')
  return { endpoint, auth, headers }
}

/** A file of a certificate that can't be read is a mistake in the call. */
function readOrRefuse<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code, path } = error as NodeJS.ErrnoException
    const file = path === undefined ? '' : ` (${path}${code === undefined ? '' : `: ${code}`})`
    throw new UsageError(`A certificate or key for TLS can't be read${file}.`)
  }
}

/** Without the password database, as in many containers, the user is a number. */
function defaultIdentity(): string {
  let user: string
  try {
    user = userInfo().username
  } catch {
    user = String(process.getuid?.() ?? 'unknown')
  }
  return `tokenkeeper-cli:${user}@${hostname()}`
}

function definedOf(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
