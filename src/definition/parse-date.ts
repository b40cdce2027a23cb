const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const ZONE = String.raw`(?:\s?(GMT|UTC|Z|[+-]\d{2}:?\d{2}))?`
const TIME = String.raw`(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?`
/** IMF-fixdate `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 850 `Sunday, 06-Nov-94 08:49:37 GMT`. */
const HTTP_DATE = new RegExp(
  String.raw`^(?:[a-z]{3,9},?\s{1,2})?(\d{1,2})[ -]([a-z]{3})[a-z]{0,6}[ -](\d{4}|\d{2})\s{1,2}${TIME}${ZONE}$`,
  'i',
)
/** asctime: `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = new RegExp(
  String.raw`^[a-z]{3,9},?\s([a-z]{3})\s{1,2}(\d{1,2})\s${TIME}\s(?:(?:GMT|UTC)\s)?(\d{4})$`,
  'i',
)
const ISO_DATE =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/i

/**
 * The moment of an HTTP date in any of its three forms (RFC 9110 section 5.6.7) or of an ISO 8601 date
 * and time, in milliseconds since the epoch. Without a zone it is UTC, never this machine's own.
 * Undefined for anything else: `Date.parse` alone would take `-5` for a year.
 */
export function parseDate(text: string): number | undefined {
  const iso = ISO_DATE.exec(text)
  if (iso !== null) {
    const [, year, month, day, hours, minutes, seconds = '0', fraction = '0', zone] = iso
    const date = [Number(year), Number(month) - 1, Number(day)] as const
    const at = moment(...date, [hours, minutes, seconds], zone)
    return at === undefined ? undefined : at + Math.floor(Number(`0${fraction}`) * 1000)
  }
  const http = HTTP_DATE.exec(text)
  if (http !== null) {
    const [, day, month, year = '', hours, minutes, seconds, zone] = http
    return moment(fullYear(year), monthOf(month), Number(day), [hours, minutes, seconds], zone)
  }
  const asctime = ASCTIME.exec(text)
  if (asctime === null) return undefined
  const [, month, day, hours, minutes, seconds, year] = asctime
  return moment(Number(year), monthOf(month), Number(day), [hours, minutes, seconds], undefined)
}

function monthOf(name = ''): number {
  return MONTHS.indexOf(name.toLowerCase())
}

/** Two digits: 1970 to 2069, which holds every moment that a header of today can mean. */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length > 2) return year
  return year < 70 ? 2000 + year : 1900 + year
}

function moment(
  year: number,
  month: number,
  day: number,
  time: readonly (string | undefined)[],
  zone: string | undefined,
): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = time.map(Number)
  const plausible = month >= 0 && month < 12 && day >= 1 && hours < 24 && minutes < 60
  // 60 is a leap second.
  if (!plausible || seconds > 60 || day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate())
    return undefined
  return Date.UTC(year, month, day, hours, minutes, seconds) - zoneMs(zone)
}

function zoneMs(zone = ''): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  return sign === '-' ? -ms : ms
}
