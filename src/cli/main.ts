#!/usr/bin/env node
import { Command } from 'commander'
import { keygen } from './keygen.js'

const program = new Command('tokenkeeper').description(
  'API authentication that is boring: tools for operators',
)

program
  .command('keygen')
  .description('write a private key file for keeper workers and print its public key')
  .requiredOption('--out <file>', 'private key file to write (mode 0600, never overwritten)')
  .action(async ({ out }: { out: string }) => {
    const publicKey = await keygen(out, new Date())
    process.stdout.write(`${publicKey}\n`)
    process.stderr.write(
      `Private key written to ${out}. Give it to keeper workers: privateKeys: [secret('file:…')]. The line above is the public key, for clients.\n`,
    )
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`tokenkeeper: ${error instanceof Error ? error.message : 'failed'}\n`)
  process.exitCode = 1
}
