// Bytes as areas: Bruls, Huizing and van Wijk, "Squarified Treemaps".

// Cuts a rectangle into ones whose areas are as the sizes, which descend.
function squarify(sizes, { x, y, w, h }) {
  const parts = [];
  let rest = sizes.reduce((sum, size) => sum + size, 0);
  for (let i = 0; i < sizes.length && rest > 0;) {
    const scale = (w * h) / rest, side = Math.min(w, h);
    const worst = (sum, small, large) => Math.max((side * side * large) / (sum * sum * scale), (sum * sum * scale) / (side * side * small));
    let end = i + 1, sum = sizes[i];
    while (end < sizes.length && worst(sum + sizes[end], sizes[end], sizes[i]) <= worst(sum, sizes[end - 1], sizes[i])) sum += sizes[end++];
    const thick = side > 0 ? (sum * scale) / side : 0;
    for (let along = 0; i < end; ++i) {
      const length = (sizes[i] / sum) * side;
      parts.push(w >= h ? { x, y: y + along, w: thick, h: length } : { x: x + along, y, w: length, h: thick });
      along += length;
    }
    if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
    rest -= sum;
  }
  return parts;
}

class Treemap {
  constructor(canvas, { hover, choose }) {
    Object.assign(this, { canvas, tree: null, leaves: [], chosen: null });
    const at = (event) => this.leaves.find(({ x, y, w, h }) =>
      event.offsetX >= x && event.offsetX < x + w && event.offsetY >= y && event.offsetY < y + h)?.node;
    canvas.addEventListener("mousemove", (event) => hover(at(event)));
    canvas.addEventListener("mouseleave", () => hover(undefined));
    canvas.addEventListener("click", (event) => at(event) && choose(at(event)));
    new ResizeObserver(() => this.layout()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  show(tree) {
    this.tree = tree;
    this.layout();
  }

  layout() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    if (!this.tree || !w || !h) return;
    this.leaves = [];
    this.frames = [];
    const rest = [{ nodes: this.tree.top, box: { x: 0, y: 0, w, h }, level: 0 }];
    while (rest.length) {
      const { nodes, box, level } = rest.pop();
      const sized = nodes.filter((node) => node.bytes > 0).sort((a, b) => b.bytes - a.bytes);
      squarify(sized.map((node) => node.bytes), box).forEach((part, i) => {
        const node = sized[i];
        if (!node.children.length || part.w * part.h < 4) this.leaves.push({ ...part, node });
        else rest.push({ nodes: node.children, box: this.inside(part, node, sized.length, level), level: level + (sized.length > 1) });
      });
    }
    this.paint();
  }

  // The larger groups of the first levels have a frame and a name.
  inside(part, node, siblings, level) {
    if (siblings < 2 || level > 2 || part.w < 24 || part.h < 24) return part;
    const head = part.h > 44 && part.w > 50 ? 15 : 2;
    this.frames.push({ ...part, node, head });
    return { x: part.x + 2, y: part.y + head, w: part.w - 4, h: part.h - head - 2 };
  }

  paint() {
    const { clientWidth: w, clientHeight: h } = this.canvas, ratio = devicePixelRatio || 1;
    if (!w || !this.tree) return;
    const style = getComputedStyle(document.documentElement), color = (name) => style.getPropertyValue(`--${name}`).trim();
    const colors = Object.fromEntries(["float", "half", "quarter", "int", "bool", "other"].map((name) => [name, color(name)]));
    this.canvas.width = Math.round(w * ratio);
    this.canvas.height = Math.round(h * ratio);
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.fillStyle = color("line");
    pen.fillRect(0, 0, w, h);
    pen.font = "11px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";
    pen.textBaseline = "top";
    const write = (text, x, y, width) => {
      while (text.length > 1 && pen.measureText(text).width > width) text = text.length > 40 ? text.slice(0, 40) : `${text.slice(0, -2)}…`;
      if (text.length > 1) pen.fillText(text, x, y);
    };
    pen.fillStyle = color("ink");
    for (const { x, y, w: width, node, head } of this.frames) if (head > 10) write(node.label || node.kind, x + 4, y + 2, width - 8);
    for (const { x, y, w: width, h: height, node } of this.leaves) {
      pen.fillStyle = colors[node.tensor ? family(node.tensor.dtype) : "other"];
      const gap = width > 3 && height > 3 ? 1 : 0;
      pen.fillRect(x, y, width - gap, height - gap);
      if (width < 46 || height < 18) continue;
      pen.fillStyle = "#fff";
      write(node.label || node.kind, x + 4, y + 4, width - 9);
    }
    this.mark(pen, color("ink"));
  }

  mark(pen, ink) {
    const under = this.leaves.filter(({ node }) => {
      for (let at = node; at; at = at.parent) if (at === this.chosen) return true;
      return false;
    });
    if (!this.chosen || under.length === this.leaves.length) return;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    for (const { x, y, w, h } of under) if (under.length === 1 || w * h > 40) pen.strokeRect(x + 1, y + 1, Math.max(1, w - 3), Math.max(1, h - 3));
  }

  choose(node) {
    this.chosen = node;
    this.paint();
  }
}
