import type { Command } from 'commander'
import { withExamples } from './frame/help.js'
import { printLines, printNotes } from './frame/print.js'
import { writeKeyPair } from './write-key-file.js'

/** `tokenkeeper keygen`. */
export function addKeygen(program: Command): void {
  const command = program
    .command('keygen')
    .description('write a private key file for keeper workers and print its public key')
    .requiredOption('--out <file>', 'private key file to write (mode 0600, never overwritten)')
    .action(async ({ out }: { out: string }) => {
      const publicKey = await writeKeyPair(out, new Date())
      printLines(publicKey)
      printNotes(
        `Private key written to ${out}. Give it to keeper workers: privateKeys: [secret('file:…')]. The line above is the public key, for clients.`,
      )
    })
  withExamples(command, [
    ['tokenkeeper keygen --out ./2026-11', 'prints the public key, for TOKENKEEPER_PUBLIC_KEY'],
  ])
}
