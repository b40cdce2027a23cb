// Loaded before a process begins: its clock is off by SHIFT_MS. Timers and performance.now go on as they are.
const shiftMs = Number(process.env.SHIFT_MS ?? 0)
const RealDate = globalThis.Date

class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs)
    else super(...given)
  }

  static now() {
    return RealDate.now() + shiftMs
  }
}

Reflect.set(globalThis, 'Date', ShiftedDate)
