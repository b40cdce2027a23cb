import { open, unlink } from 'node:fs/promises'
import { generateKeyPair, type PublicKeyText } from '../sealing/key-pair.js'
import type { Secret } from '../sealing/secret.js'

/** Where `init` and `dev` keep the private key of a project. */
export const KEY_FILE = 'keeper.key'

/**
 * Writes a new private key to a file (mode 0600) that must not exist, in a folder that must, and
 * gives the public key.
 * @throws Error with one clear sentence where the file can't be made
 */
export async function writeKeyPair(file: string, now: Date): Promise<PublicKeyText> {
  const { publicKey, privateKey } = await generateKeyPair()
  try {
    await writeKeyFile(file, publicKey, privateKey, now)
  } catch (error) {
    throw new Error(`${file} ${writeProblem(error)}`, { cause: error })
  }
  return publicKey
}

async function writeKeyFile(file: string, publicKey: string, key: Secret, now: Date) {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(
      `${key.reveal()}\n# tokenkeeper private key of ${now.toISOString()}: keep it on keeper workers only\n# public key: ${publicKey}\n`,
    )
    await handle.sync()
  } catch (error) {
    // Half a key under a name that is never overwritten would be in the way for ever.
    await unlink(file)
    throw error
  } finally {
    await handle.close()
  }
}

function writeProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  if (code === 'EEXIST') return 'exists already and is never overwritten: name another file'
  if (code === 'ENOENT') return 'can not be made: its folder does not exist, make that first'
  return `can not be written (${code})`
}
