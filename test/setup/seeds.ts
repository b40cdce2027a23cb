import fc from 'fast-check'

/** The same cases in every run; `FUZZ_SEED=<number>` looks for others. A failure names the seed that repeats it. */
fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 20_261_129) })
