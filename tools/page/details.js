// What is known of one node.

function histogram(statistics) {
  const { histogram: bins, low, high } = statistics;
  const most = Math.max(...bins), namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("class", "histogram");
  picture.setAttribute("viewBox", `0 0 ${bins.length * 10} 100`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "Histogram");
  bins.forEach((count, i) => {
    if (!count) return;
    const height = Math.max(1, (count / most) * 100), bar = document.createElementNS(namespace, "rect");
    for (const [name, number] of Object.entries({ x: i * 10 + 0.5, y: 100 - height, width: 9, height })) bar.setAttribute(name, number);
    const title = document.createElementNS(namespace, "title");
    const edge = (at) => numberText(low + ((high - low) * at) / bins.length);
    title.textContent = `${edge(i)} to ${edge(i + 1)}: ${grouped(count)}`;
    bar.append(title);
    picture.append(bar);
  });
  const axis = make("div", { className: "axis" }, make("span", { textContent: numberText(low) }), make("span", { textContent: numberText(high) }));
  return make("div", {}, picture, axis);
}

const OF = { magnitudes: "Of the magnitudes of complex numbers", values: "Of the values that the sparse tensor stores",
             dequantized: "Of the dequantized numbers", elements: "Of the elements" };

function statisticsOf(tensor) {
  const { statistics, missing } = tensor;
  if (!statistics) return [make("p", { className: "soft", textContent: `Statistics were not computed: ${missing}.` })];
  const strange = statistics.nan + statistics.inf + statistics["-inf"];
  const numbers = [["min", statistics.min], ["max", statistics.max], ["mean", statistics.mean], ["std", statistics.std],
                   ["zeros", statistics.zeros], ["NaN", statistics.nan], ["inf", statistics.inf], ["-inf", statistics["-inf"]]];
  return [
    make("h3", { textContent: OF[statistics.of] + (strange ? "; NaN and infinities are counted only" : "") }),
    pairs(numbers.map(([name, number]) => [name, numberText(number)]), "numbers"),
    statistics.histogram.length ? histogram(statistics) : null];
}

function tensorDetails(node) {
  const { tensor } = node;
  const users = (node.file.users.get(tensor.storage) ?? []).filter((other) => other !== node);
  const facts = [["dtype", tensor.dtype], ["shape", `[${tensor.shape.join(", ")}]`], ["bytes", `${sizeText(tensor.bytes)} (${grouped(tensor.bytes)})`]];
  if (tensor.strides) facts.push(["strides", `[${tensor.strides.join(", ")}]`]);
  if (tensor.storage && tensor.room !== tensor.bytes) facts.push(["view of", `a storage of ${sizeText(tensor.room)}, from element ${grouped(tensor.offset)}`]);
  if (tensor.device) facts.push(["device", tensor.device]);
  if (tensor.parameter) facts.push(["is", "a Parameter"]);
  if (users.length) {
    const names = users.slice(0, 8).map((other) => other.path).join(", ");
    facts.push(["shares its storage with", users.length > 8 ? `${names} and ${grouped(users.length - 8)} more` : names]);
  }
  return [pairs(facts), ...statisticsOf(tensor)];
}

function nodeDetails(node) {
  const { entry } = node;
  const foreign = entry.f ? make("p", { className: "warn", textContent: `${entry.c} is foreign: torch.load(weights_only=True) refuses it.` }) : null;
  if (node.tensor) return [foreign, ...tensorDetails(node)];
  const facts = [["kind", node.kind === "group" ? "names with this prefix" : node.kind]];
  if (entry.c) facts.push(["class", entry.c]);
  if (node.tensors) facts.push(["holds", `${counted(node.tensors, "tensor")}, ${sizeText(node.bytes)}`]);
  return [foreign, pairs(facts), entry.v === undefined ? null : make("div", { className: "value", textContent: entry.v })];
}

const heading = (node) => make("h2", { textContent: node.path || node.file.file });

// One node, or the two of a difference.
function showDetails(finding, nodes) {
  const parts = [];
  if (finding) parts.push(make("h2", { textContent: finding.key || "the whole file" }), make("p", { className: "warn", textContent: `${finding.finding}: ${finding.message}` }));
  nodes.forEach((node, i) => {
    if (finding && !node) return;
    parts.push(finding ? make("h3", { textContent: `${i ? "B" : "A"}: ${node.file.file}` }) : heading(node), ...nodeDetails(node));
  });
  $("details").replaceChildren(...parts.filter(Boolean));
  $("details").scrollTop = 0;
}
