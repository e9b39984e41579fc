// Periods of time, in the zone of the browser, and the periods before them.

/** zone is the browser's time zone, as the IANA database names it. */
export const zone = (() => {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return !name || name === "Etc/Unknown" ? "UTC" : name;
})();

/** presets are the names of the periods that end with today, by their length. */
export const presets = {
  "today": { days: 1 },
  "7d": { days: 7 },
  "30d": { days: 30 },
  "90d": { days: 90 },
  "12m": { months: 12 },
  "all": {},
};

const mostDays = 92; // of a chart by days; longer periods are shown by months

/**
 * periodOf returns {from, to, before, shift, unit} of the state of the filter bar: from is the first instant, to the
 * one after the last; before is the period before it, {from, to}, shift the distance between both, in the calendar. All
 * are undefined for all times. unit is the dimension of time of the first chart: hours of a day, days or months.
 */
export function periodOf({ period, from, to }, now = new Date()) {
  if (period === "all") return { unit: "MONTH" };
  if (period === "custom") return spanOf(dayOf(from), next(dayOf(to), 1));
  const tomorrow = next(startOfDay(now), 1);
  const { days, months } = presets[period];
  if (days) return spanOf(next(tomorrow, -days), tomorrow);
  const month = new Date(now.getFullYear(), now.getMonth() + 1, 1);
  return byMonths(new Date(month.getFullYear(), month.getMonth() - months, 1), month);
}

/** dayOf reads a day, 2026-03-04, as its first instant; undefined where it is none. */
export function dayOf(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!match) return undefined;
  const day = new Date(+match[1], match[2] - 1, +match[3]);
  return textOf(day) === text ? day : undefined;
}

/** textOf writes the day of an instant, 2026-03-04. */
export function textOf(date) {
  const two = (n) => String(n).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** isSpan tells whether two days are a period, of at most 50 years. */
export function isSpan(from, to) {
  const [first, last] = [dayOf(from), dayOf(to)];
  return Boolean(first && last && first <= last && last.getFullYear() - first.getFullYear() <= 50);
}

function spanOf(from, to) {
  const days = Math.round((to - from) / 86_400_000);
  if (days > mostDays) return byMonths(from, to);
  const unit = days === 1 ? "HOUR_OF_DAY" : "DAY";
  return { from, to, unit, before: { from: next(from, -days), to: from }, shift: { days } };
}

function byMonths(from, to) {
  const last = next(to, -1);
  const months = (last.getFullYear() - from.getFullYear()) * 12 + last.getMonth() - from.getMonth() + 1;
  const earlier = (date) => new Date(date.getFullYear(), date.getMonth() - months, date.getDate());
  return { from, to, unit: "MONTH", before: { from: earlier(from), to: earlier(to) }, shift: { months } };
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const next = (date, days) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
