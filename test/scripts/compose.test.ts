import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')

// the part of the Compose specification that the file uses: an unknown key is an error, as it is for Compose
const seconds = z.string().regex(/^\d+s$/)
const service = z.strictObject({
  image: z.string().regex(/^[\w./-]+:.+$/),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).optional(),
  env_file: z.array(z.strictObject({ path: z.string(), required: z.boolean() })).optional(),
  secrets: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_started']) }),
    )
    .optional(),
  ports: z.array(z.string()).optional(),
  healthcheck: z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: seconds,
    timeout: seconds,
    retries: z.number().int().positive(),
    start_period: seconds.optional(),
  }),
  init: z.boolean().optional(),
  working_dir: z.string().optional(),
  stop_grace_period: seconds.optional(),
  restart: z.enum(['unless-stopped', 'always', 'on-failure', 'no']),
})
const composeFile = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  volumes: z.record(z.string(), z.strictObject({})),
})
const compose = composeFile.parse(parse(text))
const services = Object.entries(compose.services)

test('it has Temporal with PostgreSQL and Web UI, and one keeper worker', () => {
  expect(Object.keys(compose.services)).toEqual(['postgresql', 'temporal', 'temporal-ui', 'keeper'])
  expect(compose.services.temporal?.environment?.DB).toMatch(/^postgres/)
})

test('every published port is bound to 127.0.0.1', () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports)
  expect(ports.length).toBeGreaterThan(0)
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$/)
})

test('what a service names is declared', () => {
  for (const [, { secrets = [], depends_on = {}, volumes = [] }] of services) {
    for (const secret of secrets) expect(compose.secrets).toHaveProperty([secret])
    for (const other of Object.keys(depends_on)) expect(compose.services).toHaveProperty([other])
    for (const volume of volumes) {
      const source = volume.split(':')[0] ?? ''
      if (!source.startsWith('$')) expect(compose.volumes).toHaveProperty([source])
    }
  }
})

test('no secret stands in clear', () => {
  for (const [, { environment = {} }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASS|PWD|SECRET|KEY|TOKEN/.test(name)) expect(value).toMatch(/^\/run\/secrets\//)
    }
  }
  expect(compose.services.keeper?.secrets).toEqual(['keeper-key'])
})
