// Numbers, sizes and elements of the page. Text of a file is only ever set as text, never as HTML.

const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const grouped = (number) => number.toLocaleString("en-US");
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;

function sizeText(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  for (; unit > 0 ? bytes >= 1023.95 : bytes >= 1024; bytes /= 1024) ++unit;
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}

// Six digits; integers that are short enough in full.
function numberText(number) {
  if (number === null || number === undefined) return "–";
  if (typeof number === "string") return number;
  if (Number.isInteger(number) && Math.abs(number) < 1e12) return grouped(number);
  return String(Number(number.toPrecision(6)));
}

function family(dtype) {
  if (/^float(64|32)$/.test(dtype)) return "float";
  if (/^(bfloat16|float16)$/.test(dtype)) return "half";
  if (/^float/.test(dtype)) return "quarter";
  if (dtype === "bool") return "bool";
  return /^u?int/.test(dtype) ? "int" : "other";
}

const pairs = (entries, className = "pairs") => make("dl", { className }, ...entries.flatMap(([name, text]) => {
  const parts = [make("dt", { textContent: name }), make("dd", { textContent: text })];
  return className === "pairs" ? parts : [make("div", {}, ...parts)];
}));
