/** What a process of this program ends with, by class. */
export const EXIT = {
  fine: 0,
  person: 1,
  usage: 2,
  failed: 3,
  unknown: 4,
  unreachable: 5,
  noAnswer: 6,
  interrupted: 130,
} as const

/** For the help and for docs/reference/cli.md. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.fine, 'done'],
  [EXIT.person, 'status, doctor: something needs a person'],
  [EXIT.usage, 'called wrongly; nothing was asked or changed'],
  [EXIT.failed, 'refused or failed; of many, at least one'],
  [EXIT.unknown, 'there is no such connection or sync'],
  [EXIT.unreachable, "Temporal can't be reached, or does not let this caller in"],
  [EXIT.noAnswer, 'no answer in time, outcome open: look before you repeat'],
  [EXIT.interrupted, 'ended by a person: Ctrl-C, or no to a question'],
]

const BY_CODE: Readonly<Record<string, number>> = {
  NotConnected: EXIT.unknown,
  UnknownSync: EXIT.unknown,
  NoSync: EXIT.unknown,
  Unavailable: EXIT.unreachable,
  NoKeeperWorker: EXIT.noAnswer,
  NoAnswer: EXIT.noAnswer,
  StillTrying: EXIT.noAnswer,
}

/** @param code of a failure: see `TokenkeeperError` */
export function exitCodeOf(code: string): number {
  return BY_CODE[code] ?? EXIT.failed
}
