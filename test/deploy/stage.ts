import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ComposeFile, readComposeFile } from './compose-file.js'
import { Container, type Image } from './container.js'
import { readDockerfile, valueOf } from './dockerfile.js'

/** What is made before the test: see `main.ts`. */
export interface Prepared {
  /** A folder of this run, removed after it. */
  readonly folder: string
  /** `/project` of the image. */
  readonly project: string
  /** Folder of Debian's PostgreSQL programs. */
  readonly postgresql: string
  /** Folder of the Temporal server's programs and schema. */
  readonly temporal: string
  readonly temporalCli: string
}

/** Services that have no program on this machine; the unit test of the compose file holds what can be held of them. */
export const NOT_STARTED = ['temporal-ui', 'prometheus', 'grafana'] as const

/** The services of the compose file, by name and in the order in which they may start. */
export type Stage = ReadonlyMap<string, Container>

export interface StageOptions {
  readonly prepared: Prepared
  /** What `.env` holds. */
  readonly settings: Readonly<Record<string, string>>
  /** What `keeper.env` holds. */
  readonly keeperEnv: Readonly<Record<string, string>>
  /** What the files in `./secrets` hold. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Every service that can run here, none of them started. */
export async function createStage(options: StageOptions): Promise<Stage> {
  const { prepared, settings, keeperEnv, secrets } = options
  const compose = readComposeFile(settings)
  const { folder } = prepared
  const etc = await writeEtc(folder, Object.keys(compose.services))
  const secretFiles: Record<string, string> = {}
  await fs.mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(secrets)) {
    secretFiles[name] = join(folder, 'secrets', name)
    await fs.writeFile(secretFiles[name], text, { mode: 0o600 })
  }
  const volumes: Record<string, string> = {
    './deploy/temporal': fileURLToPath(new URL('../../deploy/temporal', import.meta.url)),
  }
  for (const name of Object.keys(compose.volumes)) {
    volumes[name] = join(folder, 'volumes', name)
    await fs.mkdir(volumes[name], { recursive: true, mode: 0o700 })
  }
  const names = inOrder(compose)
  return new Map(
    names.map((name) => {
      const service = compose.services[name]
      if (service === undefined) throw new Error(`there is no service ${name}`)
      const image = imageOf(service.image, prepared)
      const mounted = { volumes, secrets: secretFiles, etc }
      return [name, new Container({ name, service, image, ...mounted, envFile: keeperEnv })]
    }),
  )
}

/** Who is who inside: the services by name, the users of the images by number. */
async function writeEtc(folder: string, services: readonly string[]): Promise<string> {
  const etc = join(folder, 'etc')
  await fs.mkdir(etc, { recursive: true })
  const hosts = ['localhost', ...services].map((name) => `127.0.0.1 ${name}\n`)
  await fs.writeFile(join(etc, 'hosts'), hosts.join(''))
  const users = { root: 0, postgres: 999, project: 1000 }
  const lines = Object.entries(users)
  const passwd = lines.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`)
  await fs.writeFile(join(etc, 'passwd'), passwd.join(''))
  await fs.writeFile(join(etc, 'group'), lines.map(([name, id]) => `${name}:x:${id}:\n`).join(''))
  return etc
}

/** Starts what is not started yet, each as soon as what it depends on is as the file wants it. */
export async function up(stage: Stage): Promise<void> {
  const { services } = readComposeFile()
  for (const [name, container] of stage) {
    for (const [other, { condition }] of Object.entries(services[name]?.depends_on ?? {}))
      if (condition === 'service_healthy') await stage.get(other)?.become('healthy')
    if (services[name]?.restart.startsWith('on-failure') === true) await container.runToEnd()
    else container.start()
  }
}

/** The services that run here, each after what it depends on. */
export function inOrder({ services }: ComposeFile): readonly string[] {
  const ordered: string[] = []
  const add = (name: string): void => {
    if (ordered.includes(name) || NOT_STARTED.some((other) => other === name)) return
    for (const other of Object.keys(services[name]?.depends_on ?? {})) add(other)
    ordered.push(name)
  }
  for (const name of Object.keys(services)) add(name)
  return ordered
}

function imageOf(image: string, prepared: Prepared): Image {
  const { postgresql, temporal, temporalCli, project } = prepared
  // The images of Temporal are Alpine: their shell and wget are busybox.
  const alpine = { '/usr/bin/sh': '/usr/bin/busybox', '/usr/bin/wget': '/usr/bin/busybox' }
  switch (image.split(':')[0]) {
    case 'postgres':
      return {
        mounts: {
          '/image/entrypoint.sh': fileURLToPath(new URL('postgres-entrypoint.sh', import.meta.url)),
        },
        entrypoint: ['/bin/sh', '/image/entrypoint.sh'],
        environment: { PATH: `${postgresql}:/usr/bin:/bin` },
        user: '999:999',
      }
    case 'temporalio/admin-tools':
      return {
        mounts: {
          ...alpine,
          '/image/bin/temporal-sql-tool': join(temporal, 'temporal-sql-tool'),
          '/image/bin/temporal': temporalCli,
          '/etc/temporal/schema': join(temporal, 'schema'),
        },
        user: '1000:1000',
      }
    case 'temporalio/server':
      return {
        mounts: {
          ...alpine,
          '/image/bin/temporal-server': join(temporal, 'temporal-server'),
          '/etc/temporal/entrypoint.sh': join(temporal, 'entrypoint.sh'),
        },
        command: ['/etc/temporal/entrypoint.sh'],
        workingDirectory: '/etc/temporal',
        user: '1000:1000',
      }
    case 'tokenkeeper-project':
      return projectImage(project)
    default:
      throw new Error(`nothing on this machine stands for the image ${image}`)
  }
}

/** What the last stage of the Dockerfile says. */
function projectImage(project: string): Image {
  const last = readDockerfile().at(-1)
  const [name = '', value = ''] = (valueOf(last, 'ENV') ?? '').split('=')
  return {
    mounts: { '/project': project, '/image/bin/node': process.execPath },
    command: JSON.parse(valueOf(last, 'CMD') ?? '[]') as string[],
    environment: { [name]: value, HOME: '/' },
    workingDirectory: valueOf(last, 'WORKDIR'),
    user: valueOf(last, 'USER'),
  }
}
