import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { broken } from './charsets.js'
import type { Dice } from './dice.js'

/** Bytes as `Content-Encoding` says, or says wrongly. */
export interface Packing {
  readonly bytes: Buffer
  readonly lines: readonly string[]
  readonly isPacked: boolean
  /** A tolerant client gets at it. */
  readonly isRight: boolean
}

export function packing(dice: Dice, bytes: Buffer, isOdd: boolean): Packing {
  const gzip = gzipSync(bytes)
  const packed = (content: Buffer, ...codings: readonly string[]) => ({
    bytes: content,
    lines: codings.map((coding) => `Content-Encoding: ${coding}`),
    isPacked: true,
    isRight: bytes.length > 0,
  })
  if (!isOdd)
    return dice.one(
      () => packed(gzip, dice.pick(['gzip', 'x-gzip', 'GZIP', ' gzip '])),
      () => packed(deflateSync(bytes), 'deflate'),
      () => packed(deflateRawSync(bytes), 'deflate'),
      () => packed(brotliCompressSync(bytes), 'br'),
      () => packed(gzipSync(gzip), 'gzip, gzip'),
      () => packed(brotliCompressSync(gzip), 'gzip', 'br'),
      () => ({ ...packed(bytes, dice.pick(['identity', '', 'none', 'utf-8'])), isPacked: false }),
    )
  const wrong = { isRight: false }
  return dice.one(
    () => ({ ...packed(gzip.subarray(0, dice.number(gzip.length)), 'gzip'), ...wrong }),
    () => ({ ...packed(Buffer.concat([gzip, Buffer.from('trailing')]), 'gzip'), ...wrong }),
    () => ({ ...packed(broken(dice, gzip), 'gzip'), ...wrong }),
    () => ({
      ...packed(bytes, dice.pick(['gzip', 'br', 'deflate', 'zstd', 'gzip, br', 'x', 'compress'])),
      ...wrong,
      isPacked: false,
    }),
    () => ({ ...packed(gzip, dice.pick(['br', 'deflate', 'zstd', '', 'x'])), ...wrong }),
    () => ({ ...packed(gzip, 'gzip', 'gzip'), ...wrong }),
    () => ({ ...packed(gzip), ...wrong }),
    () => ({ ...packed(brotliCompressSync(bytes).subarray(0, dice.number(8)), 'br'), ...wrong }),
    () => ({ ...packed(deflateRawSync(bytes).subarray(0, dice.number(8)), 'deflate'), ...wrong }),
    () => ({
      ...packed(gzip, Array.from({ length: dice.pick([9, 400]) }, () => 'gzip').join(',')),
      ...wrong,
    }),
    () => ({
      ...packed(gzipSync(Buffer.alloc(dice.pick([100_000, 20_000_000]))), 'gzip'),
      ...wrong,
    }),
  )
}
