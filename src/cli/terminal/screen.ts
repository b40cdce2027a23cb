import type { WriteStream } from 'node:tty'

/** What lines are made for. */
export interface Screen {
  readonly isTerminal: boolean
  readonly colour: boolean
  readonly columns: number
  readonly rows: number
}

const COLUMNS = 80
const DEFAULT_ROWS = 24
/** Narrower than that nothing can be laid out. */
const MIN_COLUMNS = 20

/**
 * What a stream shows: no colour in a pipe, with `NO_COLOR` or on a `dumb` terminal. A pipe is as wide as
 * `COLUMNS` says, else 80.
 */
export function screenOf(
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>,
  env: NodeJS.ProcessEnv,
): Screen {
  const { isTTY: isTerminal = false } = stream as Partial<WriteStream>
  const told = Number(env['COLUMNS'])
  const asked = isTerminal ? stream.columns : told
  return {
    isTerminal,
    colour: isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    columns: Number.isInteger(asked) && asked > 0 ? Math.max(asked, MIN_COLUMNS) : COLUMNS,
    rows: isTerminal && stream.rows > 0 ? stream.rows : DEFAULT_ROWS,
  }
}
