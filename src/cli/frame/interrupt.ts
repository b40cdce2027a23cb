import { EXIT } from './exit-codes.js'

/** What Ctrl-C does to a command; one that ends its work first takes this listener away. */
export function exitInterrupted(): void {
  process.stderr.write('tokenkeeper: interrupted\n')
  process.exit(EXIT.interrupted)
}
