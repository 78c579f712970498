/** A time in ISO 8601 UTC, as reports hold it; hours of a clock and days of a calendar. */
export function isMoment(iso: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/.test(iso) && !Number.isNaN(Date.parse(iso));
}
