import { writeFile } from 'node:fs/promises'
import { generateKeyPair } from '../sealing/key-pair.js'

/**
 * Writes a new private key to a file (mode 0600) that must not exist, and gives the public key.
 * @throws Error with one clear sentence where the file can't be made
 */
export async function keygen(file: string, now: Date): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair()
  const lines = [
    `# tokenkeeper private key of ${now.toISOString()}: keep it on keeper workers only`,
    `# public key: ${publicKey}`,
    privateKey.reveal(),
  ]
  try {
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EEXIST')
      throw new Error(`${file} exists already and is never overwritten: name another file`)
    if (code === 'ENOENT') throw new Error(`the folder of ${file} does not exist: make it first`)
    throw new Error(`${file} can not be written (${code})`)
  }
  return publicKey
}
