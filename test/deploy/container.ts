import { type ChildProcess, spawn } from 'node:child_process'
import { lstatSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { ComposeService, Healthcheck } from './compose-file.js'
import { type CommandResult, runCommand } from './run-command.js'

/** What stands for the image of a service: programs of this machine, and what the image itself would say. */
export interface Image {
  /** Absolute paths in the container, by the path on this machine that is mounted there, read-only. */
  readonly mounts: Readonly<Record<string, string>>
  /** `ENTRYPOINT` and `CMD`. */
  readonly entrypoint?: readonly string[] | undefined
  readonly command?: readonly string[] | undefined
  readonly environment?: Readonly<Record<string, string>> | undefined
  readonly workingDirectory?: string | undefined
  /** `USER`; root where the image names none. */
  readonly user?: string | undefined
}

export interface ContainerOptions {
  readonly name: string
  readonly service: ComposeService
  readonly image: Image
  /** Where this machine has the sources of the service's volumes, by what the compose file calls them. */
  readonly volumes: Readonly<Record<string, string>>
  /** Files of this machine that are mounted to `/run/secrets`, by name. */
  readonly secrets: Readonly<Record<string, string>>
  /** What the service's `env_file` holds. */
  readonly envFile: Readonly<Record<string, string>>
  /** A folder with the files of `/etc` that name hosts, users and groups: all services are loopback here. */
  readonly etc: string
}

const LOOK_EVERY_MS = 500

/**
 * One service of the compose file without Docker: its command, environment, user, secrets, volumes and
 * file system as the file says, in namespaces of its own for processes, files and the host's name (bubblewrap).
 * All services share one network of loopback only, in which their names are known.
 */
export class Container {
  readonly #options: ContainerOptions
  #child: ChildProcess | undefined
  #ended: Promise<number> = Promise.resolve(0)
  #log = ''

  constructor(options: ContainerOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  /** The last of what it wrote. */
  get log(): string {
    return this.#log
  }

  get healthcheck(): Healthcheck {
    const { healthcheck } = this.#options.service
    if (healthcheck === undefined) throw new Error(`${this.name} has no health check`)
    return healthcheck
  }

  start(): void {
    const { service, image } = this.#options
    const command = [
      ...(service.entrypoint ?? image.entrypoint ?? []),
      // As Docker does it: who names an entrypoint gets no command of the image.
      ...(service.command ?? (service.entrypoint === undefined ? image.command : undefined) ?? []),
    ]
    const child = spawn('bwrap', [...this.#arguments(), '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {},
    })
    const keep = (text: string) => (this.#log = (this.#log + text).slice(-16_000))
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    this.#child = child
    // The pipes close when the last process inside is gone.
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => resolve(code ?? 137))
    })
  }

  /** Runs a service that ends by itself. @throws Error with its log where it fails */
  async runToEnd(): Promise<void> {
    this.start()
    const code = await this.#ended
    if (code !== 0) throw new Error(`${this.name} ended with ${code}:\n${this.#log}`)
  }

  /** Starts it and waits for its health check. */
  async runUntilHealthy(): Promise<void> {
    this.start()
    await this.become('healthy')
  }

  /** SIGKILL to everything inside, as `docker kill` does it; resolves when nothing of it is left. */
  async kill(): Promise<void> {
    // Process 1 inside dies with its parent, and every process inside dies with process 1.
    this.#child?.kill('SIGKILL')
    await this.#ended
    this.#child = undefined
  }

  /** Runs a command inside, as `docker compose exec` does it. */
  exec(command: readonly string[], timeoutMs: number): Promise<CommandResult> {
    return runCommand('bwrap', [...this.#arguments(), '--', ...command], {
      env: {},
      timeout: timeoutMs,
    })
  }

  /** One round of its health check, as the compose file has it. */
  async check(): Promise<CommandResult> {
    const { command, timeoutMs } = this.healthcheck
    return await this.exec(command, timeoutMs)
  }

  /**
   * Waits until the health check has said so, as often in a row as it takes for Docker. It is asked more
   * often than the file says; the file's own times are the limit.
   */
  async become(wanted: 'healthy' | 'unhealthy'): Promise<CommandResult> {
    const { retries, intervalMs, timeoutMs, startPeriodMs } = this.healthcheck
    const limitMs = startPeriodMs + retries * (intervalMs + timeoutMs) + 30_000
    const needed = wanted === 'healthy' ? 1 : retries
    const endsAtMs = Date.now() + limitMs
    let inARow = 0
    for (;;) {
      const result = await this.check()
      inARow = (result.code === 0) === (wanted === 'healthy') ? inARow + 1 : 0
      if (inARow >= needed) return result
      if (Date.now() > endsAtMs)
        throw new Error(
          `${this.name} did not become ${wanted} within ${limitMs} ms: ${result.output}\n${this.#log}`,
        )
      await pause(LOOK_EVERY_MS)
    }
  }

  #arguments(): string[] {
    const { service, image, etc } = this.#options
    const [user = '0', group = user] = (service.user ?? image.user ?? '0:0').split(':')
    return [
      ...['--die-with-parent', '--new-session', '--unshare-pid', '--unshare-uts', '--unshare-user'],
      ...['--hostname', service.hostname ?? this.name, '--uid', user, '--gid', group],
      ...['--proc', '/proc', '--dev', '/dev'],
      ...SYSTEM.flatMap(mountOfThisMachine),
      ...['hosts', 'passwd', 'group'].flatMap((file) => [
        '--ro-bind',
        `${etc}/${file}`,
        `/etc/${file}`,
      ]),
      ...Object.entries(image.mounts).flatMap(([to, from]) => ['--ro-bind', from, to]),
      ...this.#mounts(),
      // What an image holds belongs to root: here nobody may write there.
      ...(service.read_only ? ['--remount-ro', '/'] : ['--perms', '1777', '--tmpfs', '/tmp']),
      ...['--chdir', image.workingDirectory ?? '/', '--clearenv'],
      ...this.#environment().flatMap(([name, value]) => ['--setenv', name, value]),
    ]
  }

  #mounts(): string[] {
    const { service, secrets, volumes } = this.#options
    const tmpfs = service.tmpfs.flatMap((path) => ['--perms', '1777', '--tmpfs', path])
    const secretFiles = service.secrets.flatMap((name) => {
      const path = secrets[name]
      if (path === undefined) throw new Error(`${this.name}: there is no file for secret ${name}`)
      return ['--ro-bind', path, `/run/secrets/${name}`]
    })
    const mounted = service.volumes.flatMap((volume) => {
      const [source = '', target = '', mode] = volume.split(':')
      const path = volumes[source]
      if (path === undefined) throw new Error(`${this.name}: there is nothing for ${source}`)
      return [mode === 'ro' ? '--ro-bind' : '--bind', path, target]
    })
    return [...tmpfs, ...secretFiles, ...mounted]
  }

  #environment(): readonly (readonly [string, string])[] {
    const { service, image, envFile } = this.#options
    return Object.entries({
      PATH: '/image/bin:/usr/local/bin:/usr/bin:/bin',
      ...image.environment,
      ...(service.env_file.length > 0 ? envFile : {}),
      ...service.environment,
    })
  }
}

/** Of this machine, read-only: what every Debian image has. */
const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/ssl',
]

/** `/bin` is a link to `usr/bin` on this Debian; mounted as a folder it would not see what is mounted there. */
function mountOfThisMachine(path: string): readonly string[] {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink && !path.startsWith('/etc/')
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind-try', path, path]
}
