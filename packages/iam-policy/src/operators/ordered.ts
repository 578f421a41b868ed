/** Numeric* and Date* operators: how two values compare, or null when either is not a number or a date. */
const NUMBER = /^[+-]?\d{1,30}(\.\d{1,30})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const EPOCH_SECONDS = /^\d{1,12}(\.\d{1,9})?$/;

export function compareNumbers(a: string, b: string): number | null {
  if (!NUMBER.test(a) || !NUMBER.test(b)) return null;
  return Number(a) - Number(b);
}

export function compareDates(a: string, b: string): number | null {
  const [left, right] = [parseDate(a), parseDate(b)];
  return left === null || right === null ? null : left - right;
}

/** ISO 8601 (UTC when no offset is written) or seconds since 1970. */
function parseDate(text: string): number | null {
  const iso = DATE.exec(text);
  if (iso) {
    const at = Date.parse(iso[1] && !iso[4] ? `${text}Z` : text);
    return Number.isNaN(at) ? null : at;
  }
  return EPOCH_SECONDS.test(text) ? Number(text) * 1_000 : null;
}
