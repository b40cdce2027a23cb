import { type FileHandle, open, readFile } from 'node:fs/promises'
import { isRecord } from '../../contract/plain-data.js'
import { fileErrorCode, UsageError } from '../frame/usage-error.js'

/** A connection that an import has made, or was about to make. It holds no secret. */
export interface Imported {
  readonly connection: string
  /** When it was about to be made, in milliseconds since the epoch. */
  readonly atMs: number
  /** The run id of the token workflow that stood there then; undefined: none did, or the import ended in between. */
  readonly firstExecutionRunId?: string | undefined
  /** The import could not connect it: a credential that it has now is not known to be of the import. */
  readonly hasFailed?: true | undefined
}

/**
 * What an import writes down so that there is a way back: a line before a connection is made, and one
 * when it is, or could not be. Each is on disk before the next thing happens.
 */
export class ImportLog {
  readonly #file: FileHandle
  #isEmpty = true

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** @throws Error where the file exists already, or can't be made */
  static async create(path: string): Promise<ImportLog> {
    return new ImportLog(await open(path, 'wx', 0o600))
  }

  /** Whether nothing was written: there is no way to go back. */
  get isEmpty(): boolean {
    return this.#isEmpty
  }

  async write(imported: Imported): Promise<void> {
    this.#isEmpty = false
    await this.#file.write(`${JSON.stringify(imported)}\n`)
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/**
 * The connections of such a file, each once, by what was written of it last.
 * @throws UsageError where there is no file that can be read; Error where it is none of an import
 */
export async function readImportLog(path: string): Promise<readonly Imported[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--undo: ${path} can't be read (${fileErrorCode(error)}).`)
  })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
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
    const { connection, atMs, firstExecutionRunId, hasFailed } = value
    if (typeof connection !== 'string' || typeof atMs !== 'number') return undefined
    if (firstExecutionRunId !== undefined && typeof firstExecutionRunId !== 'string')
      return undefined
    return { connection, atMs, firstExecutionRunId, hasFailed: hasFailed === true || undefined }
  } catch {
    return undefined
  }
}
