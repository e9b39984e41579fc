// The language of a page, its texts, and how people write numbers and times in it.

const texts = {
  en: {
    Explorer: "Explorer", Dashboard: "Dashboard", Files: "Files", forgetKey: "Forget key", loading: "Loading …",
    signIn: "Sign in", key: "API key or token", close: "Close",
    needsKey: "This server answers only who has an API key or a token.",
    keyHint: "It stays in this tab, and is forgotten when the tab is closed. To make one, on the server:",
    unreachable: "The server does not answer.",
  },
  zh: {
    Explorer: "查询", Dashboard: "看板", Files: "文件", forgetKey: "忘记密钥", loading: "加载中…",
    signIn: "登录", key: "API 密钥或令牌", close: "关闭",
    needsKey: "此服务器只回应持有 API 密钥或令牌的人。",
    keyHint: "密钥只保存在此标签页，关闭后即忘记。在服务器上创建密钥：",
    unreachable: "服务器没有回应。",
  },
};

/** addTexts adds a page's texts, by their names, to those that all pages have. */
export function addTexts({ en, zh }) {
  Object.assign(texts.en, en);
  Object.assign(texts.zh, zh);
}

const storedLanguage = "callbook-language";

/** language is en or zh: what the address says, else what was chosen the last time, else what the browser prefers. */
export let language = [
  new URLSearchParams(location.search).get("lang"), localStorage.getItem(storedLanguage),
  navigator.language?.slice(0, 2),
].find((name) => texts[name]) ?? "en";

/** toggleLanguage changes to the other language, for the next visits, too. */
export function toggleLanguage() {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem(storedLanguage, language);
  const params = new URLSearchParams(location.search);
  params.delete("lang");
  history.replaceState(null, "", location.pathname + (params.size ? `?${params}` : ""));
}

/** text returns a text by its name, with its places {0}, {1} … filled; the name itself where there is none. */
export const text = (name, ...values) => (texts[language][name] ?? name).replace(/\{(\d)\}/g, (_, i) => values[i]);

/** translate writes the texts of the page: of elements with data-text, and the names of those with data-label. */
export function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("title");
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = text(e.dataset.text);
  for (const e of document.querySelectorAll("[data-label]")) e.setAttribute("aria-label", text(e.dataset.label));
  const toggle = document.getElementById("language");
  toggle.textContent = language === "en" ? "中文" : "English";
  toggle.lang = language === "en" ? "zh" : "en";
}

const format = (kind, value, options) => new Intl[kind](language === "zh" ? "zh-CN" : "en", options).format(value);

/** number writes a whole number. */
export const number = (n) => format("NumberFormat", n, { maximumFractionDigits: 0 });

/** brief writes a number in little room. */
export const brief = (n) => format("NumberFormat", n, { notation: "compact", maximumFractionDigits: 1 });

/** percent writes a share; a dash for none. */
export const percent = (share, digits = 1) => (share === null || share === undefined
  ? "–" : format("NumberFormat", share, { style: "percent", maximumFractionDigits: digits }));

/** signed writes a difference with its sign. */
export const signed = (n, options) => format("NumberFormat", n, { signDisplay: "exceptZero", ...options });

/** dateText writes a time of the browser's zone. */
export const dateText = (date, options) => format("DateTimeFormat", date, options);

/** clock writes seconds as 1:05 or 1:02:05; a dash for none. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const all = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h ? `${number(h)}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** hoursText writes many seconds as hours or minutes; a dash for none. */
export function hoursText(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const [unit, size] = seconds < 3600 ? ["minute", 60] : ["hour", 3600];
  const n = seconds / size;
  return format("NumberFormat", n, { style: "unit", unit, maximumFractionDigits: n < 10 ? 1 : 0 });
}

/** bytes writes a size. */
export function bytes(n) {
  const step = n < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(n) / 3));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][step];
  const size = n / 1000 ** step;
  return format("NumberFormat", size, {
    style: "unit", unit, unitDisplay: step ? "short" : "long", maximumFractionDigits: step && size < 10 ? 1 : 0,
  });
}
