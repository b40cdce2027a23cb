import { type FileHandle, open, readFile } from 'node:fs/promises'
import { isRecord } from '../../contract/plain-data.js'

/** A connection that an import has made, or was about to make. It holds no secret. */
export interface Imported {
  readonly connection: string
  /** When it was about to be made, in milliseconds since the epoch. */
  readonly atMs: number
  /** Of the token workflow that the import has started; undefined: the import ended in between. */
  readonly firstExecutionRunId?: string | undefined
}

/**
 * What an import writes down so that there is a way back: a line before a connection is made, and one
 * when it is. Each is on disk before the next thing happens.
 */
export class ImportLog {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** @throws Error where the file exists already, or can't be made */
  static async create(path: string): Promise<ImportLog> {
    return new ImportLog(await open(path, 'wx', 0o600))
  }

  async write(imported: Imported): Promise<void> {
    await this.#file.write(`${JSON.stringify(imported)}\n`)
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/**
 * The connections of such a file, each once, by what was written of it last.
 * @throws Error where it is none
 */
export async function readImportLog(path: string): Promise<readonly Imported[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  const found = new Map<string, Imported>()
  for (const [index, line] of lines.entries()) {
    const imported = readLine(line)
    // A crash may have cut off the last one.
    if (imported === undefined && index === lines.length - 1) break
    if (imported === undefined)
      throw new Error(
        `Line ${index + 1} of ${path} is none of an import: give the file that --undo-file named, or that the import said it writes.`,
      )
    found.set(imported.connection, { ...found.get(imported.connection), ...imported })
  }
  return [...found.values()]
}

function readLine(line: string): Imported | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return undefined
    const { connection, atMs, firstExecutionRunId } = value
    if (typeof connection !== 'string' || typeof atMs !== 'number') return undefined
    if (firstExecutionRunId !== undefined && typeof firstExecutionRunId !== 'string')
      return undefined
    return { connection, atMs, firstExecutionRunId }
  } catch {
    return undefined
  }
}
