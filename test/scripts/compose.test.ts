import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import {
  type ComposeService,
  readComposeFile,
  readPlainComposeFile,
} from '../deploy/compose-file.js'
import { readDockerfile, valueOf } from '../deploy/dockerfile.js'
import { inOrder, NOT_STARTED } from '../deploy/stage.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const compose = readComposeFile()
const services = Object.entries(compose.services)
const PROJECT = ['setup', 'keeper', 'flows', 'console']

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function readSchemas(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  for (const name of ['compose-spec', 'kubernetes'])
    ajv.addSchema(JSON.parse(read(`test/deploy/schemas/${name}.json`)) as object, name)
  return ajv
}

const schemas = readSchemas()

/** What a schema says against a value; nothing where it fits. */
function problemsOf(schema: string, value: unknown): unknown {
  const validate = schemas.getSchema(schema)
  if (validate === undefined) return [`there is no schema ${schema}`]
  return validate(value) === true ? [] : validate.errors
}

describe('docker-compose.yml', () => {
  it("fits the Compose specification's own schema, which finds what is wrong", () => {
    const plain = readPlainComposeFile() as { readonly services: object }
    expect(problemsOf('compose-spec', plain)).toEqual([])
    const wrong = { ...plain, services: { ...plain.services, keeper: { imag: 'x' } } }
    expect(problemsOf('compose-spec', wrong)).not.toEqual([])
  })

  it('has Temporal with PostgreSQL, the project in four roles, and what watches them', () => {
    expect(Object.keys(compose.services)).toEqual([
      ...['postgresql', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui'],
      ...PROJECT,
      ...['prometheus', 'grafana'],
    ])
    expect(compose.services['temporal']?.environment['DB']).toMatch(/^postgres/)
  })

  it('is what `npm run test:deploy` starts, but for what is not on such a machine', () => {
    expect([...inOrder(compose), ...NOT_STARTED].sort()).toEqual(
      Object.keys(compose.services).sort(),
    )
  })

  it('publishes on 127.0.0.1 only', () => {
    const ports = services.flatMap(([, service]) => service.ports)
    expect(ports.length).toBeGreaterThan(3)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  it('pins every image to a version, one version for all of the server', () => {
    const images = new Map(services.map(([name, { image }]) => [name, image]))
    for (const [name, image] of images)
      if (!PROJECT.includes(name)) expect(image, name).toMatch(/:v?\d+\.\d+[\w.-]*$/)
    const version = (name: string) => images.get(name)?.split(':')[1]
    expect(version('temporal-schema')).toBe(version('temporal'))
    expect(version('temporal-namespace')).toBe(version('temporal'))
  })

  it('names only what is there', () => {
    for (const [name, service] of services) {
      for (const secret of service.secrets) expect(compose.secrets).toHaveProperty([secret])
      for (const other of Object.keys(service.depends_on))
        expect(compose.services).toHaveProperty([other])
      for (const volume of service.volumes) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('./')) expect(existsSync(join(root, source)), source).toBe(true)
        else expect(compose.volumes, name).toHaveProperty([source])
      }
    }
  })

  it('has no secret in the clear, and the key in the keeper alone', () => {
    for (const [name, { environment }] of services)
      for (const [variable, value] of Object.entries(environment))
        if (/PASS|PWD|SECRET|PRIVATE|TOKEN$/.test(variable))
          expect(value, `${name} ${variable}`).toMatch(/^(file:)?\/run\/secrets\/[\w-]+$/)
    expect(services.filter(holdsKey).map(([name]) => name)).toEqual(['keeper'])
    expect(services.filter(([, one]) => one.env_file.length > 0).map(([name]) => name)).toEqual([
      'keeper',
    ])
  })

  it.each(PROJECT)('runs %s without root, without rights and without a place to write', (name) => {
    expect(compose.services[name]).toMatchObject({
      user: '1000:1000',
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      init: true,
    })
  })

  it('asks every service that lasts how it is, and a worker about itself', () => {
    const asked = services.filter(([, { healthcheck }]) => healthcheck !== undefined)
    expect(asked.map(([name]) => name)).toEqual([
      ...['postgresql', 'temporal', 'keeper', 'flows', 'console', 'prometheus'],
    ])
    for (const name of ['keeper', 'flows'])
      expect(compose.services[name]?.healthcheck?.command).toEqual([
        'node_modules/.bin/tokenkeeper',
        'doctor',
        '--worker',
      ])
    // A program of Node's takes a second to start, and longer on a machine that has much to do.
    for (const [, { healthcheck }] of asked)
      expect(healthcheck?.timeoutMs).toBeLessThan(healthcheck?.intervalMs ?? 0)
  })

  it('is told of in .env.example, every setting with its default', () => {
    const used = new Map(
      [...read('docker-compose.yml').matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const told = new Map(
      [...read('.env.example').matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(used))
  })
})

function holdsKey([, { secrets }]: readonly [string, ComposeService]): boolean {
  return secrets.includes('keeper-key')
}

describe('Dockerfile', () => {
  const stages = readDockerfile()
  const last = stages.at(-1)

  it('builds in stages from one image of one version', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'dependencies', 'project'])
    for (const { image } of stages) expect(image).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/)
    expect(new Set(stages.map(({ image }) => image)).size).toBe(1)
  })

  it('leaves sources, compiler and development dependencies behind, and runs as no root', () => {
    const copies = (last?.instructions ?? []).filter(({ name }) => name === 'COPY')
    expect(copies.every(({ text }) => text.startsWith('--from='))).toBe(true)
    expect(valueOf(last, 'USER')).toBe('1000:1000')
    expect(stages[1]?.instructions.some(({ text }) => text.includes('--omit=dev'))).toBe(true)
  })

  it('runs the keeper where nobody says otherwise, by the command of the compose file', () => {
    expect(JSON.parse(valueOf(last, 'CMD') ?? '')).toEqual(compose.services['keeper']?.command)
  })

  it('is given no secret', () => {
    const ignored = read('.dockerignore').split('\n')
    for (const file of ['**/secrets', '**/.env', '**/keeper.env', '**/*.key', 'node_modules'])
      expect(ignored).toContain(file)
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: {
    readonly template?: { readonly spec: { readonly containers: readonly PodContainer[] } }
  }
}

interface PodContainer {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: readonly { readonly name: string }[]
}

const folder = 'deploy/kubernetes'
const manifests = readdirSync(join(root, folder))
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) =>
    parseAllDocuments(read(join(folder, name))).map(
      (document) => [name, document.toJS() as Manifest] as const,
    ),
  )

describe(folder, () => {
  it.each(manifests.map(([file, manifest]) => [`${file} ${manifest.kind}`, manifest] as const))(
    '%s fits the schema of Kubernetes',
    (_, manifest) => {
      expect(problemsOf(`kubernetes#/$defs/${manifest.kind}`, manifest)).toEqual([])
      expect(manifest.metadata.namespace ?? manifest.metadata.name).toBe('tokenkeeper')
    },
  )

  it('is held against a schema that finds what is wrong', () => {
    const deployment = manifests.find(([, { kind }]) => kind === 'Deployment')?.[1]
    expect(
      problemsOf('kubernetes#/$defs/Deployment', { ...deployment, spec: { replica: 2 } }),
    ).not.toEqual([])
  })

  // The console has another address and another way to sign in.
  it.each(['setup', 'keeper', 'flows'])('starts %s as the compose file does', (name) => {
    const container = containers().find((one) => one.name === name)
    const service = compose.services[name]
    expect(container?.command).toEqual(service?.command)
    const told = [...(container?.env ?? []).map((variable) => variable.name), ...shared()]
    expect(told.sort()).toEqual(Object.keys(service?.environment ?? {}).sort())
  })

  it.each(containers())('gives $name no root and no place to write', (container) => {
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })
  })
})

/** The variables that every pod has. */
function shared(): readonly string[] {
  const [map] = manifests.filter(([, { kind }]) => kind === 'ConfigMap')
  return Object.keys(map?.[1].data ?? {})
}

function containers(): readonly PodContainer[] {
  return manifests.flatMap(([, { spec }]) => spec?.template?.spec.containers ?? [])
}
