import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

/** The compose file of the repository. */
export const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url))

const duration = z
  .string()
  .regex(/^\d+[sm]$/)
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('m') ? 60_000 : 1000))

const healthcheck = z
  .strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.number().int().positive(),
    start_period: duration.default(0),
  })
  .transform(({ test: [kind, ...words], interval, timeout, retries, start_period }) => ({
    command: kind === 'CMD' ? words : ['/bin/sh', '-c', ...words],
    intervalMs: interval,
    timeoutMs: timeout,
    retries,
    startPeriodMs: start_period,
  }))

const CONDITIONS = ['service_healthy', 'service_started', 'service_completed_successfully'] as const

/** The part of the Compose specification that the file uses: another key is an error. */
const service = z.strictObject({
  image: z.string().regex(/^[\w./-]+(:[\w.-]+)?$/),
  build: z.strictObject({ context: z.string() }).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
  env_file: z.array(z.strictObject({ path: z.string(), required: z.boolean() })).default([]),
  user: z.string().optional(),
  hostname: z.string().optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().default(false),
  tmpfs: z.array(z.string()).default([]),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.enum(CONDITIONS) })).default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: healthcheck.optional(),
  stop_grace_period: duration.optional(),
  restart: z.string(),
})

const composeFile = z.object({
  name: z.string(),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  volumes: z.record(z.string(), z.strictObject({})),
})

/** One service, its variables filled in and its durations in milliseconds. */
export type ComposeService = z.infer<typeof service>
export type ComposeFile = z.infer<typeof composeFile>
export type Healthcheck = NonNullable<ComposeService['healthcheck']>

/** The file as YAML has it, its variables not filled in: what the schema of the specification is held against. */
export function readPlainComposeFile(): unknown {
  return parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true })
}

/**
 * The file as `docker compose` would read it with these variables: `${NAME:-default}` filled in, `$$` made `$`.
 * @throws Error for a variable without a value and a default
 */
export function readComposeFile(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  return composeFile.parse(fillIn(readPlainComposeFile(), variables))
}

function fillIn(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fillInText(value, variables)
  if (Array.isArray(value)) return value.map((item) => fillIn(item, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillIn(item, variables)]),
  )
}

const VARIABLE = /\$\$|\$\{(\w+)(?::-([^}]*))?\}/g

function fillInText(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (found, name: string | undefined, fallback?: string) => {
    if (name === undefined) return '$'
    const value = variables[name] ?? fallback
    if (value === undefined) throw new Error(`${found} has neither a value nor a default`)
    return value
  })
}
