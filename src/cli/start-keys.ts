import { randomBytes, timingSafeEqual } from 'node:crypto'

/** Longer than a browser takes to start. */
const OPENED_WITHIN_MS = 120_000

/** Whether a browser may start; `opened twice` where somebody else has used the address of the browser, too. */
export type StartVerdict = 'may start' | 'refused' | 'opened twice'

/**
 * What lets a browser start an authorization. The address that is printed stands on the person's terminal
 * alone, and its key may be used again. The one that a program opens is an argument, which every user of
 * this machine can read in the list of processes: its key is good once, and for two minutes.
 */
export class StartKeys {
  readonly #printed = randomBytes(32)
  readonly #opened = randomBytes(32)
  readonly #openedUntilMs = Date.now() + OPENED_WITHIN_MS
  #isOpened = false

  /** For the person. */
  printed(url: string): string {
    return withKey(url, this.#printed)
  }

  /** For the program that opens a browser. */
  opened(url: string): string {
    return withKey(url, this.#opened)
  }

  /** Uses the key of an address up where it is good once. */
  judge(url: string): StartVerdict {
    const given = Buffer.from(new URL(url).searchParams.get('key') ?? '', 'base64url')
    if (isKey(given, this.#printed)) return 'may start'
    if (!isKey(given, this.#opened)) return 'refused'
    if (this.#isOpened) return 'opened twice'
    this.#isOpened = true
    return Date.now() < this.#openedUntilMs ? 'may start' : 'refused'
  }
}

function withKey(url: string, key: Buffer): string {
  return `${url}?key=${key.toString('base64url')}`
}

function isKey(given: Buffer, key: Buffer): boolean {
  return given.length === key.length && timingSafeEqual(given, key)
}
