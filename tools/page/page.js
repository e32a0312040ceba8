// The page as a whole.

const data = JSON.parse($("data").textContent);
const trees = data.files.map(buildTree);
const findings = data.diff ? data.diff.findings : [];
const changed = new Map(findings.map((finding) => [finding.key, finding]));
const letters = ["A", "B"];
let tab = data.diff ? 2 : 0;  // a file, or 2: the differences
const tree = () => trees[Math.min(tab, trees.length - 1)];

function cells(...parts) {
  return parts.map(([className, textContent]) => make("span", { className, textContent }));
}

function drawNode(node) {
  const row = make("div", {}, make("span", { className: "fold" }));
  row.style.paddingLeft = `${8 + Math.min(node.depth, 40) * 16}px`;
  const { entry, tensor } = node;
  const label = node.depth === 0 && !node.label ? node.kind : node.label || "''";
  let text = tensor ? tensor.text : entry.v ?? (node.kind === "object" ? entry.c : node.kind === "group" ? "" : `${entry.c?.split(".").pop() || node.kind} of ${grouped(entry.n ?? 0)}`);
  if (node.children.length && node.tensors && !tensor) text += `${text ? ", " : ""}${counted(node.tensors, "tensor")}`;
  row.append(...cells(["label", label], ["text", text]));
  const difference = data.diff && changed.get(node.path);
  if (difference) row.append(...cells([`mark ${difference.finding}`, difference.finding]));
  if (entry.f) row.append(...cells(["mark foreign", "foreign"]));
  if (node.tied) row.append(...cells(["mark", "tied"]));
  row.append(...cells(["size", tensor ? sizeText(tensor.bytes) : node.bytes ? sizeText(node.bytes) : ""]));
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", node.depth + 1);
  if (node.children.length) row.setAttribute("aria-expanded", words.length ? !node.shut : node.open);
  return row;
}

function drawFinding(finding) {
  const row = make("div", {}, ...cells(["fold", ""], [`mark ${finding.finding}`, finding.finding], ["label", finding.key || "the whole file"], ["text", finding.message]));
  row.setAttribute("role", "treeitem");
  return row;
}

let words = [];
const list = new RowList($("list"), $("room"), (row) => (row.finding ? drawFinding(row) : drawNode(row)), { choose, fold });
const map = new Treemap($("map"), { choose: reveal, hover(node) {
  $("under").textContent = node ? `${node.path}  ${node.tensor ? node.tensor.text : ""}  ${sizeText(node.bytes)}` : "";
} });

function choose(row) {
  if (row.finding) return showDetails(row, trees.map((each) => each.byPath.get(row.key)));
  map.choose(row);
  showDetails(null, [row]);
}

// Opens, shuts or, with neither, does the other. False if that changed nothing.
function fold(node, open) {
  if (!node.children?.length) return false;
  const is = words.length ? !node.shut : node.open;
  if (open === is) return false;
  if (words.length) node.shut = is;
  else node.open = !is;
  refresh(node);
  return true;
}

function refresh(keep) {
  const place = $("shown");
  if (tab === 2) {
    const rows = findings.filter((finding) => words.every((word) => `${finding.key} ${finding.finding} ${finding.message}`.toLowerCase().includes(word)));
    place.textContent = `${grouped(rows.length)} of ${grouped(findings.length)}`;
    return list.show(rows, keep);
  }
  const found = words.length ? filtered(tree().nodes, words) : null;
  place.textContent = found ? `${grouped(found.hits)} found` : "";
  list.show(visible(tree(), found?.kept), keep);
}

// Shows a node in the tree, with all above it open.
function reveal(node) {
  if (tab === 2) openTab(Math.max(0, data.files.indexOf(node.file)));
  if (words.length) {
    $("filter").value = "";
    words = [];
  }
  for (let at = node.parent; at; at = at.parent) at.open = true;
  refresh(node);
  list.select(list.rows.indexOf(node));
}

function facts(each) {
  const found = [];
  const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
  for (const node of each.nodes) {
    if (found.length > 24) break;
    const scalar = node.entry.v !== undefined && node.kind !== "tensor" && node.children.length === 0;
    if (scalar && node.depth === 1 && node.parent.kind === "dict") found.push([node.label, short(node.entry.v)]);
    const child = (name) => node.children.find((other) => other.label === name);
    const groups = node.kind === "dict" && child("state") && child("param_groups");
    if (groups) found.push([node.path || "optimizer", optimizerText(child("state"), groups)]);
  }
  return found;
}

// "2 param_groups, lr 0.1, 0.01; state of 8: step, exp_avg"
function optimizerText(state, groups) {
  const parts = [];
  for (const name of ["lr", "betas", "momentum", "weight_decay"]) {
    const values = groups.children.map((group) => group.children.find((child) => child.label === name)?.entry.v).filter(Boolean);
    if (values.length) parts.push(`${name} ${[...new Set(values)].slice(0, 4).join(", ")}`);
  }
  const names = new Set(state.children.slice(0, 100).flatMap((entry) => entry.children.map((child) => child.label)));
  const kept = state.children.length ? `; state of ${grouped(state.children.length)}: ${[...names].slice(0, 8).join(", ")}` : "; no state";
  return `${counted(groups.children.length, "param group")}${parts.length ? `, ${parts.join(", ")}` : ""}${kept}`;
}

function openTab(index) {
  tab = index;
  [...$("tabs").children].forEach((button, i) => button.setAttribute("aria-selected", i === (data.diff ? (tab + 1) % 3 : 0)));
  const { file } = tree();
  const { totals } = file, foreign = file.globals.filter((global) => !global.allowed).length;
  $("totals").textContent = `${file.format} · ${counted(totals.tensors, "tensor")} · ${counted(totals.parameters, "parameter")} · ` +
    `${sizeText(totals.bytes)} in ${counted(totals.storages, "storage")}` + (foreign ? ` · ${counted(foreign, "foreign class")}`.replace("classs", "classes") : "");
  if (tab === 2) $("totals").textContent = ["changed", "missing", "added"].map((name) => `${grouped(data.diff[name])} ${name}`).join(" · ");
  const entries = tab === 2 ? [] : facts(tree());
  $("facts").replaceChildren(...entries.map(([name, text]) => make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: text }))));
  $("fold").hidden = tab === 2;
  const families = { float: "float32, float64", half: "16 bits", quarter: "float8", int: "integer", bool: "bool", other: "other" };
  const used = new Set(file.tensors.map((tensor) => family(tensor.dtype)));
  $("legend").replaceChildren(...Object.keys(families).filter((name) => used.has(name)).map((name) => {
    const swatch = make("i");
    swatch.style.background = `var(--${name})`;
    return make("span", {}, swatch, families[name]);
  }));
  map.chosen = null;
  map.show(tree());
  list.element.scrollTop = 0;
  refresh();
  if (list.rows.length) list.select(0);
  else $("details").replaceChildren(make("p", { className: "soft", textContent: tab === 2 ? "The files are equal." : "Nothing is here." }));
}

$("filter").addEventListener("input", () => {
  words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const node of tree().nodes) node.shut = false;
  list.element.scrollTop = 0;
  refresh();
});
$("filter").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    list.element.focus();
    list.select(0);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== $("filter")) {
    event.preventDefault();
    $("filter").focus();
  }
});
$("fold").addEventListener("click", () => {
  const unfold = $("fold").textContent === "Unfold all";
  for (const node of tree().nodes) node.open = unfold || node.depth < 1;
  $("fold").textContent = unfold ? "Fold all" : "Unfold all";
  refresh();
});

const names = data.files.map(({ file }) => file.split("/").pop());
document.title = `${names.join(" and ")} · weightport`;
$("title").textContent = data.files.map(({ file }) => file).join("  →  ");
if (data.diff) {
  const labels = ["Differences", ...names.map((name, i) => `${letters[i]}: ${name}`)];
  $("tabs").append(...labels.map((textContent, i) => {
    const button = make("button", { type: "button", textContent, onclick: () => openTab((i + 2) % 3) });
    button.setAttribute("role", "tab");
    return button;
  }));
}
openTab(tab);
document.documentElement.dataset.ready = Math.round(performance.now());
