// A list of rows of one height, of which only those on the screen exist.

class RowList {
  constructor(element, room, draw, { choose, fold }) {
    Object.assign(this, { element, room, draw, choose, fold, rows: [], chosen: -1 });
    this.height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
    element.addEventListener("scroll", () => this.paint());
    new ResizeObserver(() => this.paint()).observe(element);
    element.addEventListener("keydown", (event) => this.key(event));
    room.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (!row) return;
      this.select(Number(row.dataset.index));
      if (event.target.closest(".fold")) this.fold(this.rows[this.chosen]);
    });
    room.addEventListener("dblclick", () => this.chosen >= 0 && this.fold(this.rows[this.chosen]));
  }

  show(rows, keep) {
    this.rows = rows;
    this.chosen = keep ? rows.indexOf(keep) : -1;
    this.room.style.height = `${rows.length * this.height}px`;
    this.paint();
  }

  paint() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.height) - 5);
    const last = Math.min(this.rows.length, first + Math.ceil(this.element.clientHeight / this.height) + 10);
    const shown = [];
    for (let i = first; i < last; ++i) {
      const row = this.draw(this.rows[i]);
      row.style.top = `${i * this.height}px`;
      row.dataset.index = i;
      row.id = `row-${i}`;
      row.classList.add("row");
      row.classList.toggle("chosen", i === this.chosen);
      row.setAttribute("aria-selected", i === this.chosen);
      shown.push(row);
    }
    this.room.replaceChildren(...shown);
    if (this.chosen >= first && this.chosen < last) this.element.setAttribute("aria-activedescendant", `row-${this.chosen}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  select(index, quiet = false) {
    if (index < 0 || index >= this.rows.length) return;
    this.chosen = index;
    const top = index * this.height, page = this.element.clientHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    if (top + this.height > this.element.scrollTop + page) this.element.scrollTop = top + this.height - page;
    this.paint();
    if (!quiet) this.choose(this.rows[index]);
  }

  key(event) {
    const node = this.rows[this.chosen];
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const last = this.rows.length - 1;
    const moves = { ArrowDown: this.chosen + 1, ArrowUp: this.chosen - 1, Home: 0, End: last,
                    PageDown: Math.min(last, this.chosen + page), PageUp: Math.max(0, this.chosen - page) };
    if (event.key in moves) {
      this.select(moves[event.key]);
    } else if (node && event.key === "ArrowRight") {
      if (!this.fold(node, true)) this.select(this.chosen + 1);
    } else if (node && event.key === "ArrowLeft") {
      if (!this.fold(node, false) && node.parent) this.select(this.rows.indexOf(node.parent));
    } else if (node && (event.key === "Enter" || event.key === " ")) {
      this.fold(node);
    } else {
      return;
    }
    event.preventDefault();
  }
}
