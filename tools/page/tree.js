// The tree of one file: nodes with parents, folded by the dots in the names of tensors.

const MOST_STEPS = 32;  // of one name; the rest of it is one step

function buildTree(file) {
  for (const tensor of file.tensors) tensor.text ??= `${tensor.dtype} [${tensor.shape.join(", ")}]`;
  const root = { children: [], depth: -1, label: "", path: "" };
  const above = [root];
  const levels = [-1];
  for (const entry of file.nodes) {
    while (levels[levels.length - 1] >= entry.d) {
      levels.pop();
      above.pop();
    }
    const parent = above[above.length - 1];
    const label = entry.k ?? "";
    const path = parent === root || parent.path === "" ? label : `${parent.path}.${label}`;
    const node = { parent, children: [], label, path, kind: entry.t, entry, file, open: false };
    if (entry.t === "tensor") node.tensor = file.tensors[entry.i];
    parent.children.push(node);
    above.push(node);
    levels.push(entry.d);
  }
  const top = root.children;
  for (const node of flatten(top)) groupNames(node);
  const nodes = flatten(top);
  measure(nodes, file);
  for (const node of nodes) node.open = node.depth < 1 || (node.depth < 2 && nodes.length < 200);
  return { file, top, nodes, byPath: new Map(nodes.map((node) => [node.path, node])) };
}

// In order, without recursion: a file chooses how deep it is.
function flatten(top) {
  const nodes = [];
  const rest = [...top].reverse();
  while (rest.length) {
    const node = rest.pop();
    node.depth = node.parent && node.parent.depth !== undefined ? node.parent.depth + 1 : 0;
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; --i) rest.push(node.children[i]);
  }
  return nodes;
}

// {"layer.0.weight": ..} becomes layer > 0 > weight.
function groupNames(node) {
  if (!node.children.some((child) => child.tensor && child.label.includes("."))) return;
  const groups = new Map();
  const children = [];
  for (const child of node.children) {
    const steps = child.tensor ? child.label.split(".") : [child.label];
    if (steps.length > MOST_STEPS) steps.splice(MOST_STEPS, Infinity, steps.slice(MOST_STEPS).join("."));
    let parent = node, prefix = "";
    for (const step of steps.slice(0, -1)) {
      prefix += `${step}.`;
      let group = groups.get(prefix);
      if (!group) {
        const path = parent.path === "" ? step : `${parent.path}.${step}`;
        group = { parent, children: [], label: step, path, kind: "group", entry: {}, file: node.file, open: false };
        groups.set(prefix, group);
        (parent === node ? children : parent.children).push(group);
      }
      parent = group;
    }
    child.label = steps[steps.length - 1];
    child.parent = parent;
    (parent === node ? children : parent.children).push(child);
  }
  node.children = children;
}

// Bytes and tensors below each node; a storage's bytes count where it comes first.
function measure(nodes, file) {
  const seen = new Set();
  file.users = new Map();
  for (const node of nodes) {
    node.bytes = node.tensors = 0;
    if (!node.tensor) continue;
    const { storage, offset, bytes } = node.tensor;
    const view = storage ? `${storage} ${offset} ${bytes}` : node.entry.i;
    node.tied = seen.has(view);
    seen.add(view);
    node.bytes = node.tied ? 0 : bytes;
    node.tensors = 1;
    if (!storage) continue;
    if (!file.users.has(storage)) file.users.set(storage, []);
    file.users.get(storage).push(node);
  }
  for (let i = nodes.length - 1; i >= 0; --i) {
    const { parent, bytes, tensors } = nodes[i];
    if (parent.bytes === undefined) continue;
    parent.bytes += bytes;
    parent.tensors += tensors;
  }
}

const textOf = (node) => [node.path, node.tensor ? node.tensor.text : node.kind, node.entry.c, node.entry.v].join(" ").toLowerCase();

// What the filter leaves, with all that is above it; every word must be found.
function filtered(nodes, words) {
  const kept = new Set();
  let hits = 0;
  for (const node of nodes) {
    if (!words.every((word) => (node.text ??= textOf(node)).includes(word))) continue;
    if (node.tensor || !node.children.length) ++hits;
    for (let at = node; at && !kept.has(at); at = at.parent) kept.add(at);
  }
  return { kept, hits };
}

// The rows to show: those whose parents are all open.
function visible(tree, kept) {
  const rows = [];
  const rest = [...tree.top].reverse();
  while (rest.length) {
    const node = rest.pop();
    if (kept && !kept.has(node)) continue;
    rows.push(node);
    if (!(kept ? !node.shut : node.open)) continue;
    for (let i = node.children.length - 1; i >= 0; --i) rest.push(node.children[i]);
  }
  return rows;
}
