import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { completionScript, describeWords, SHELLS } from '../../src/cli/completion.js'
import { createProgram } from '../../src/cli/program.js'
import { startCli } from './cli-process.js'

const words = describeWords(createProgram())

/** What bash would offer for the words that are typed. */
function offered(...typed: readonly string[]): readonly string[] {
  const list = ['tokenkeeper', ...typed].map((word) => `'${word}'`).join(' ')
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '-c',
      `${completionScript('bash', words)}
COMP_WORDS=(${list}); COMP_CWORD=${typed.length}
_tokenkeeper
printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  )
  expect([status, stderr]).toEqual([0, ''])
  return stdout.trim().split('\n')
}

describe('completion in bash', () => {
  it('offers commands, their options and the words that an option takes', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['connect', 'doctor', 'init', 'import']))
    expect(offered('do')).toEqual(['doctor'])
    expect(offered('completion', 'f')).toEqual(['fish'])
    expect(offered('doctor', '--wor')).toEqual(['--worker', '--worker-identity'])
    expect(offered('worker', '--log-format', '')).toEqual(['text', 'json'])
    expect(offered('--env-file', '.env', 'worker', '--log-f')).toEqual(['--log-format'])
    expect(offered('sync', 'sta')).toEqual(['start'])
    expect(offered('status', '--output', 'json', '--addr')).toEqual(['--address'])
  })
})

it('is printed as it is, line by line', async () => {
  const { stdout } = await startCli(['completion', 'zsh']).ended
  expect(stdout).toBe(completionScript('zsh', words))
})

it.each(SHELLS)('the script for %s names every command, and its quotes are closed', (shell) => {
  const script = completionScript(shell, words)
  for (const { path } of words) expect(script).toContain(path.split(' ').at(-1))
  expect(script.split("'").length % 2).toBe(1)
})

for (const shell of ['zsh', 'fish'] as const)
  it.skipIf(spawnSync(shell, ['--version']).error !== undefined)(
    `${shell} reads its script, where it is installed`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tokenkeeper-completion-'))
      const file = join(folder, 'script')
      await writeFile(file, completionScript(shell, words))
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
      await rm(folder, { recursive: true })
      expect([status, stderr]).toEqual([0, ''])
    },
  )
