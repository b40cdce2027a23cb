import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionStatus } from '../../src/contract/token-status.js'
import { certify, makeAuthority } from '../fixtures/certificates.js'
import { startTlsProxy, type TlsProxy } from '../fixtures/tls-proxy.js'
import { until } from '../integration/until.js'
import { type AuthorizationStage, startAuthorizationStage } from '../web/authorization-stage.js'
import { browse } from '../web/browse.js'
import { startCodecServer } from './codec-server.js'
import { type CliRun, type RunningCli, startCli, startCliOnTerminal } from './cli-process.js'

let stage: AuthorizationStage
let env: Record<string, string>
const outputs: string[] = []

beforeAll(async () => {
  stage = await startAuthorizationStage('/callback')
  env = {
    TEMPORAL_ADDRESS: stage.address,
    TOKENKEEPER_PUBLIC_KEY: stage.publicKey,
  }
})
afterAll(async () => {
  await stage.stop()
})

function keep(run: CliRun): CliRun {
  outputs.push(run.stdout, run.stderr)
  return run
}

async function tokenkeeper(args: readonly string[], input?: string): Promise<CliRun> {
  const options = input === undefined ? { env } : { env, input }
  const run = keep(await startCli([...args, '--task-queue', stage.taskQueue], options).ended)
  // On a busy machine it says what it waits for.
  return { ...run, stderr: run.stderr.replace(/^Waiting for [^\n]*\n/gm, '') }
}

function onTerminal(args: readonly string[], typed: readonly [string, string][]): RunningCli {
  return startCliOnTerminal([...args, '--task-queue', stage.taskQueue], typed, env)
}

function parse(run: CliRun): ConnectionStatus {
  expect(run, run.stderr).toMatchObject({ code: 0 })
  return JSON.parse(run.stdout) as ConnectionStatus
}

describe('a credential that is at hand', () => {
  it('comes from standard input and makes an active connection', async () => {
    const run = await tokenkeeper(
      ['connect', stage.erpId, '--stdin', '-o', 'jsonl'],
      stage.erpKeys[0],
    )
    expect(parse(run)).toMatchObject({ connection: `${stage.erpId}/default`, status: 'active' })
    const fields = JSON.stringify({ apiKey: stage.erpKeys[0] })
    const other = await tokenkeeper(
      ['connect', `${stage.erpId}/json`, '--stdin', '-o', 'jsonl'],
      fields,
    )
    expect(parse(other).status).toBe('active')
  })

  it('that is wrong is refused in one sentence, with exit code 3', async () => {
    const run = await tokenkeeper(
      ['connect', stage.erpId, 'wrong', '--stdin', '-o', 'jsonl'],
      'canary-no',
    )
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(/^tokenkeeper: [^\n]+\n$/)
    expect(JSON.parse(run.stdout)).toHaveProperty('error.message')
  })

  it('is asked for on a terminal that shows nothing of it, and rotated', async () => {
    const { generation } = await stage.keeper.status(stage.erpId)
    const args = ['rotate', stage.erpId, '--field', 'apiKey']
    const run = keep(
      await onTerminal(args, [['apiKey (not shown): ', `${stage.erpKeys[1]}\r`]]).ended,
    )
    expect(run.code, run.stdout + run.stderr).toBe(0)
    expect(run.stdout).toContain('active')
    expect((await stage.keeper.status(stage.erpId)).generation).toBe(generation + 1)
  })

  it('is not taken after Ctrl-C at the prompt: exit code 130, nothing changed', async () => {
    const before = await stage.keeper.status(stage.erpId)
    const typed: [string, string][] = [['apiKey (not shown): ', 'canary-half\u0003']]
    const run = keep(await onTerminal(['rotate', stage.erpId, '--field', 'apiKey'], typed).ended)
    expect(run).toMatchObject({ code: 130, stderr: 'the terminal echoes' })
    expect((await stage.keeper.status(stage.erpId)).generation).toBe(before.generation)
  })

  it('is never an argument, comes from one place, and needs the public key', async () => {
    for (const args of [
      ['rotate', stage.erpId],
      ['rotate', stage.erpId, '--stdin', '--reference', 'env:X'],
      ['rotate', stage.erpId, '--field', 'apiKey'],
      ['rotate', stage.erpId, '--stdin', '--public-key', 'nonsense'],
      ['rotate', stage.erpId, '--token=canary-argument'],
      // Temporal's, not the credential's.
      ['rotate', stage.erpId, '--api-key=canary-argument'],
    ]) {
      const run = await tokenkeeper(args, 'canary-input')
      expect(run.code, args.join(' ')).toBe(2)
      expect(run.stderr).toMatch(/^tokenkeeper: [^\n]+\n$/)
    }
  })
})

it('--version prints the version of the package and asks no server', async () => {
  const { version } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { readonly version: string }
  for (const flag of ['--version', '-V']) {
    const run = await startCli([flag], { env: { TEMPORAL_ADDRESS: '127.0.0.1:9' } }).ended
    expect(run).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  }
})

describe('the state', () => {
  it('is told of one connection, and of all', async () => {
    const one = await tokenkeeper(['status', stage.erpId])
    expect(one.stdout).toMatch(/status +active/)
    const all = await until(
      () => tokenkeeper(['status', '-o', 'jsonl']),
      ({ stdout }) => stdout.includes(`${stage.erpId}/json`),
    )
    const lines = all.stdout.trim().split('\n')
    const parsed = lines.map((line) => JSON.parse(line) as ConnectionStatus)
    expect(parsed.map(({ connection }) => connection)).toContain(`${stage.erpId}/default`)
    const shown = await tokenkeeper(['status'])
    expect(shown.stdout).toMatch(/^CONNECTION +STATUS +SINCE/)
    for (const line of shown.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const keyId = stage.publicKey.split('.')[1] ?? ''
    expect(shown.stdout).toMatch(new RegExp(`^${stage.erpId}/default +active +\\d{4}-`, 'm'))
    expect(shown.stdout).toMatch(new RegExp(`^keys in use: .*${keyId} \\(\\d+\\)`, 'm'))
    expect(one.stdout).toMatch(new RegExp(`sealed with +${keyId}`))
  })

  it('of what is not connected is a failure that says so', async () => {
    const run = await tokenkeeper(['status', 'nobody', '-o', 'jsonl'])
    expect(run.code).toBe(4)
    expect(JSON.parse(run.stdout)).toHaveProperty('error.code', 'NotConnected')
    expect(run.stderr).toContain('connect it with `tokenkeeper connect nobody/default`')
    expect(run.stderr).not.toContain('TokenkeeperClient')
  })

  it('is listed by tag and owner, and told again each time that it changes', async () => {
    const changed = await tokenkeeper([
      'update',
      stage.erpId,
      '--add-tag',
      `customer:${stage.erpId}`,
      '--owner',
      'u-1',
      '-o',
      'json',
    ])
    expect(parse(changed)).toMatchObject({ tags: [`customer:${stage.erpId}`], owner: 'u-1' })
    const listed = await until(
      () => tokenkeeper(['list', '--tag', `customer:${stage.erpId}`, '-o', 'json']),
      ({ stdout }) => stdout.includes('u-1'),
    )
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { connection: `${stage.erpId}/default`, owner: 'u-1', level: 'fine' },
    ])
    const watched = startCli(
      ['status', stage.erpId, '--watch', '0.3', '-o', 'jsonl', '--task-queue', stage.taskQueue],
      { env },
    )
    await until(
      () => watched.output.stdout,
      (seen) => seen.includes('"active"'),
    )
    await stage.keeper.pause(stage.erpId)
    await until(
      () => watched.output.stdout,
      (seen) => seen.includes('"paused"'),
    )
    watched.child.kill('SIGINT')
    expect(keep(await watched.ended).code).toBe(130)
    expect((await tokenkeeper(['status', stage.erpId])).code).toBe(1)
    await stage.keeper.resume(stage.erpId)
    const story = await tokenkeeper(['story', stage.erpId])
    expect(story.stdout).toMatch(/^\d{4}-\S+Z +paused/m)
    expect(story.stdout).toMatch(/ by cli /)
  })

  it('of many is changed at a pace, after a plan, and goes on where a run stopped', async () => {
    const mine = ['--connector', stage.erpId, '--status', 'active']
    await until(
      () => tokenkeeper(['list', ...mine, '-o', 'json']),
      ({ stdout }) => (JSON.parse(stdout) as unknown[]).length === 2,
    )
    const planned = await tokenkeeper(['pause', ...mine, '--dry-run'])
    expect(planned.stdout).toContain('2 connections: 2 planned')
    expect((await stage.keeper.status(stage.erpId)).status).toBe('active')
    expect(await tokenkeeper(['pause', ...mine])).toMatchObject({ code: 2 })
    const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-bulk-'))
    const file = join(folder, 'run.jsonl')
    await writeFile(
      file,
      `${JSON.stringify({ connection: `${stage.erpId}/default`, outcome: 'done' })}\n{"cut`,
    )
    const rest = await tokenkeeper(['pause', ...mine, '--yes', '--resume', file, '-o', 'jsonl'])
    expect(rest).toMatchObject({ code: 0 })
    expect(JSON.parse(rest.stdout)).toMatchObject({
      connection: `${stage.erpId}/json`,
      outcome: 'done',
    })
    expect((await stage.keeper.status(stage.erpId)).status).toBe('active')
    const many = ['--connector', stage.erpId]
    const back = await tokenkeeper([
      'resume',
      ...many,
      '--yes',
      '--after',
      `${stage.erpId}/default`,
    ])
    expect(back).toMatchObject({ code: 0 })
    expect(back.stdout).not.toContain('failed')
    expect((await stage.keeper.status(stage.erpId, 'json')).status).toBe('active')
    await rm(folder, { recursive: true })
  })

  it('is read through a codec server, as the temporal CLI reads it', async () => {
    const codec = await startCodecServer('Bearer canary-codec')
    const through = (auth: string, ...args: readonly string[]): Promise<CliRun> =>
      tokenkeeper([
        ...args,
        '--codec-endpoint',
        `${codec.origin}/{namespace}`,
        '--codec-auth',
        auth,
        '--codec-header',
        'x-team=billing',
      ])
    try {
      const refused = await through('Bearer other', 'status', stage.erpId)
      expect(refused.code).toBe(5)
      expect(refused.stderr).toContain('answered HTTP 401 to /decode: look at --codec-auth')
      const told = await through('Bearer canary-codec', 'status', stage.erpId, '-o', 'json')
      expect(parse(told).status).toBe('active')
      expect(codec.asked).toContainEqual({
        path: '/default/decode',
        namespace: 'default',
        team: 'billing',
      })
    } finally {
      await codec.stop()
    }
  })

  it('of a namespace that is not there names it, and where it came from', async () => {
    const run = await tokenkeeper(['status', stage.erpId, '--namespace', 'nowhere'])
    expect(run.code).toBe(5)
    expect(run.stderr).toContain("has no namespace 'nowhere' (from --namespace)")
  })

  it('of syncs that do not match says which connectors there are', async () => {
    // Syncs of other tests that nobody here can read are named whatever is asked for.
    const run = await tokenkeeper(['replay', '--connector', 'shpo', '--since', '1 second', '--yes'])
    expect(run.code).toBe(4)
    expect(run.stderr).toMatch(
      new RegExp(`No sync .* matches. Connectors .*: .*\\b${stage.erpId}\\b`),
    )
  })

  it('of a command that is not there has a suggestion; without a command there is help alone', async () => {
    const typo = keep(await startCli(['statsu'], { env }).ended)
    expect(typo).toMatchObject({ code: 2 })
    expect(typo.stderr).toMatch(/^tokenkeeper: unknown command 'statsu'. Did you mean status\?/)
    const bare = keep(await startCli([], { env }).ended)
    expect(bare).toMatchObject({ code: 0, stderr: '' })
    expect(bare.stdout).toContain('Usage: tokenkeeper')
    expect(bare.stdout).toContain('Exit codes:')
  })

  it('of Temporal that is not there is a failure that names the address', async () => {
    const run = await tokenkeeper(['status', stage.erpId, '--address', '127.0.0.1:1'])
    expect(run).toMatchObject({ code: 5, stdout: '' })
    expect(run.stderr).toContain('127.0.0.1:1 (from --address')
  })

  it('is not asked for where the call itself is wrong', async () => {
    for (const command of ['rotate', 'connect'])
      expect(
        await tokenkeeper([
          command,
          stage.erpId,
          '--stdin',
          '--field',
          'x',
          '--address',
          '127.0.0.1:1',
        ]),
      ).toMatchObject({ code: 2 })
    const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
      [['rotate', stage.erpId], 'Say once where the credential comes from'],
      [['rotate', '--all', '--stdin'], 'look with --dry-run which are meant, then give --yes'],
      [['replay', '--query', ' ', '--yes'], 'is empty'],
      [['replay', '', '--yes'], 'is empty'],
      [['replay', '--since', '24h'], 'There is no terminal to ask'],
      [['worker', '--codec-endpoint', 'http://localhost:1'], 'keeper = { dataConverter'],
      [['import', 'a.ndjson', '--undo', 'b.ndjson'], 'not both'],
      [['import', '--undo', '/nowhere', '--yes'], "/nowhere can't be read (ENOENT)"],
    ]
    const runs = wrong.map(([args]) => tokenkeeper([...args, '--address', '127.0.0.1:1']))
    for (const [index, run] of (await Promise.all(runs)).entries()) {
      expect(run.code, run.stderr).toBe(2)
      expect(run.stderr).toContain(wrong[index]?.[1])
    }
  })
})

describe('a browser', () => {
  const url = async (cli: RunningCli): Promise<string> => {
    const text = await until(
      () => cli.output.stderr,
      (seen) => /http\S+\n/.test(seen),
    )
    return /http\S+/.exec(text)?.[0] ?? ''
  }
  const connect = (account: string): RunningCli => {
    const port = ['--port', String(stage.port), '--no-browser', '-o', 'jsonl']
    const queue = ['--task-queue', stage.taskQueue]
    return startCli(['connect', stage.shopId, account, ...port, ...queue], { env })
  }

  it('that comes back makes an active connection, and the command ends', async () => {
    stage.server.person.answers = 'allow'
    const cli = connect('acme')
    const page = await browse(await url(cli))
    expect(page.text).toContain('Connected')
    expect(parse(keep(await cli.ended)).status).toBe('active')
  })

  it('is opened with an address that is good once: argv is seen by every user of this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-browser-'))
    const [program, seen] = [join(folder, 'browser'), join(folder, 'argv')]
    await writeFile(program, `#!/bin/sh\nprintf '%s' "$1" > ${seen}.new\nmv ${seen}.new ${seen}\n`)
    await chmod(program, 0o700)
    const open = async (account: string) => {
      await rm(seen, { force: true })
      const args = ['connect', stage.shopId, account, '--port', String(stage.port), '-o', 'jsonl']
      const cli = startCli([...args, '--task-queue', stage.taskQueue], {
        env: { ...env, BROWSER: program },
      })
      const address = await until(
        () => readFile(seen, 'utf8').catch(() => ''),
        (text) => text !== '',
      )
      return { cli, address }
    }
    const first = await open('opened')
    expect(first.address).not.toBe(await url(first.cli))
    expect((await browse(first.address)).text).toContain('Connected')
    expect(parse(keep(await first.cli.ended)).status).toBe('active')
    const second = await open('raced')
    expect((await fetch(second.address, { redirect: 'manual' })).status).toBe(303)
    expect((await browse(second.address)).status).toBe(403)
    const run = keep(await second.cli.ended)
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('was opened a second time')
    expect((await stage.keeper.status(stage.shopId, 'raced')).status).toBe('pending')
    await rm(folder, { recursive: true })
  })

  it('that strangers send here changes nothing, and the command waits on', async () => {
    const cli = connect('patient')
    const start = new URL(await url(cli))
    const without = `${start.origin}${start.pathname}`
    expect((await browse(without)).status).toBe(403)
    expect((await browse(`${without}?key=${'A'.repeat(43)}`)).status).toBe(403)
    expect((await browse(`${start.origin}/callback?code=x&state=y`)).status).toBe(400)
    expect((await browse(start.href.replace('127.0.0.1', 'localhost'))).status).toBe(421)
    expect((await browse(start.href)).text).toContain('Connected')
    expect(keep(await cli.ended).code).toBe(0)
  })

  it('whose person denies ends the command with a sentence', async () => {
    stage.server.person.answers = 'deny'
    const cli = connect('denied')
    expect((await browse(await url(cli))).status).toBe(403)
    const run = keep(await cli.ended)
    expect(run.code).toBe(3)
    expect(JSON.parse(run.stdout)).toHaveProperty('error.code', 'AuthorizationDenied')
  })

  it('is not asked for a kind that needs none', async () => {
    const run = await tokenkeeper(['connect', stage.erpId, 'other', '--no-browser'])
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('needs no browser')
  })

  it('is no longer waited for after Ctrl-C: exit code 130 and nobody listens', async () => {
    const cli = connect('interrupted')
    const start = await url(cli)
    cli.child.kill('SIGINT')
    expect(keep(await cli.ended).code).toBe(130)
    await expect(fetch(start)).rejects.toThrow()
  })
})

describe('Temporal behind TLS that asks for a client certificate', () => {
  let folder: string
  let proxy: TlsProxy
  const file = (name: string): string => join(folder, `${name}.pem`)
  const asked = (more: Readonly<Record<string, string>> = {}, ...args: readonly string[]) => {
    const { TEMPORAL_ADDRESS: _plain, ...others } = env
    const address = ['--address', `localhost:${String(proxy.port)}`]
    const status = ['status', stage.erpId, '--task-queue', stage.taskQueue, ...address, ...args]
    return startCli(status, { env: { ...others, ...more } }).ended.then(keep)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-tls-'))
    const authority = await makeAuthority()
    const client = await certify(authority, 'an-operator')
    proxy = await startTlsProxy(stage.address, await certify(authority, 'temporal'), authority)
    await writeFile(file('ca'), authority.cert)
    await writeFile(file('cert'), client.cert)
    await writeFile(file('key'), client.key, { mode: 0o600 })
    await writeFile(
      join(folder, 'temporal.toml'),
      `[profile.cloud.tls]
client_cert_path = "${file('cert')}"
client_key_path = "${file('key')}"
server_ca_cert_path = "${file('ca')}"
`,
    )
  })
  afterAll(async () => {
    await proxy.stop()
    await rm(folder, { recursive: true })
  })

  it('lets in who has one: by options, by variables, by a profile', async () => {
    const pair = ['--tls-cert-path', file('cert'), '--tls-key-path', file('key')]
    const runs = await Promise.all([
      asked({}, '--tls-ca-path', file('ca'), ...pair),
      asked({
        TEMPORAL_TLS_SERVER_CA_CERT_DATA: await readFile(file('ca'), 'utf8'),
        TEMPORAL_TLS_CLIENT_CERT_PATH: file('cert'),
        TEMPORAL_TLS_CLIENT_KEY_PATH: file('key'),
      }),
      asked({}, '--config-file', join(folder, 'temporal.toml'), '--profile', 'cloud'),
    ])
    for (const run of runs) {
      expect(run.code, run.stderr).toBe(0)
      expect(run.stdout).toMatch(/status +active/)
    }
    expect(new Set(proxy.clients)).toEqual(new Set(['an-operator']))
  })

  it('says to everyone else what is missing', async () => {
    const pair = ['--tls-cert-path', file('cert'), '--tls-key-path', file('key')]
    const ca = ['--tls-ca-path', file('ca')]
    const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [[], /TLS is off; --tls turns it on/],
      [['--tls', ...pair], /of a CA that is not known here.*name the CA with --tls-ca-path/],
      [[...ca, ...pair, '--tls-server-name', 'elsewhere.example'], /is for another name/],
      [ca, /wants one.*give one with --tls-cert-path and --tls-key-path/],
    ]
    const runs = await Promise.all(wrong.map(([args]) => asked({}, ...args)))
    for (const [index, run] of runs.entries()) {
      expect(run.code, run.stderr).toBe(5)
      expect(run.stderr).toMatch(wrong[index]?.[1] ?? /never/)
      expect(run.stderr).toContain(`localhost:${String(proxy.port)}`)
    }
  })
})

describe('revoke', () => {
  it('without a terminal and without --yes changes nothing', async () => {
    const run = await tokenkeeper(['revoke', stage.erpId])
    expect(run.code).toBe(2)
    expect((await stage.keeper.status(stage.erpId)).status).toBe('active')
  })

  it('asks on a terminal, and takes no for an answer', async () => {
    const run = keep(await onTerminal(['revoke', stage.erpId], [['[y/N] ', '\r']]).ended)
    expect(run.stdout).toContain('Nothing was changed')
    expect((await stage.keeper.status(stage.erpId)).status).toBe('active')
  })

  it('says what will happen and does it', async () => {
    const run = await tokenkeeper(['revoke', stage.erpId, '--yes', '-o', 'jsonl'])
    expect(run.stderr).toContain('denies every request')
    expect(parse(run).status).toBe('revoked')
  })
})

it('no output of any command holds a secret, a code or a state', () => {
  const text = outputs.join('\n')
  expect(text.length).toBeGreaterThan(1000)
  expect(text).not.toMatch(/canary-/)
  expect(text).not.toMatch(/[?&](?:code|state)=/)
})
