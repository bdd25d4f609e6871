// What a page gains where scripts run: a leaderboard that sorts and filters, marks that say their names, a theme.
//
// It expects:
// - `table.ranking` whose cells carry `data-value` where their text does not sort, headings `data-column`, rows the
//   values that `.filters` chooses by (`data-family`, `data-size`, `data-kind`), and a `role="status"` to speak through;
//   its second body, the floor of codecs, is sorted by itself and stays whatever is chosen;
// - marks with `data-tip="first line; second line"` inside a `.drawing`;
// - `data-theme-toggle` on the masthead where the style sheet knows `data-theme`.
// Everything from outside goes through `textContent`. Without it, the page shows everything all the same.
"use strict";
(() => {
  const TABLE_HASH = "#leaderboard:";
  const HIDE_AFTER_MS = 200;
  const REACH_PX = { mouse: 10, pen: 14, touch: 24 };
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // --- the leaderboard ---------------------------------------------------------------------------------------

  function leaderboard(section) {
    const table = section.querySelector("table.ranking");
    const filters = section.querySelector(".filters");
    const status = section.querySelector("[role=status]");
    const heads = [...table.tHead.rows[0].cells];
    const bodies = [...table.tBodies].map((body) => ({ body, rows: [...body.rows] }));
    const boxes = [...filters.querySelectorAll("input")];
    const state = { column: "rank", order: "ascending" };

    function sort() {
      const at = Math.max(0, heads.findIndex((head) => head.dataset.column === state.column));
      const isNumber = heads[at].classList.contains("number");
      for (const { body, rows } of bodies) body.append(...sorted(rows, at, isNumber, state.order));
      for (const head of heads) head.removeAttribute("aria-sort");
      heads[at].setAttribute("aria-sort", state.order);
    }

    function filter() {
      const chosen = {};
      for (const box of boxes) if (box.checked) (chosen[box.name] ??= new Set()).add(box.value);
      for (const row of bodies[0].rows) {
        row.hidden = Object.entries(chosen).some(([name, values]) => !values.has(row.dataset[name]));
      }
    }

    function say() {
      const [models] = bodies;
      const shown = models.rows.filter((row) => !row.hidden).length;
      const head = heads.find((one) => one.hasAttribute("aria-sort"));
      status.textContent = `${shown} of ${models.rows.length} models shown, sorted by ${head.textContent}, ${state.order}.`;
    }

    function remember() {
      const values = new URLSearchParams({ sort: `${state.column}.${state.order}` });
      for (const box of boxes) if (box.checked) values.append(box.name, box.value);
      history.replaceState(null, "", TABLE_HASH + values);
    }

    function recall() {
      if (!location.hash.startsWith(TABLE_HASH)) return;
      const values = new URLSearchParams(location.hash.slice(TABLE_HASH.length));
      const [, column, order] = /^(.+)\.(ascending|descending)$/.exec(values.get("sort") ?? "") ?? [];
      if (heads.some((head) => head.dataset.column === column)) Object.assign(state, { column, order });
      for (const box of boxes) box.checked = values.getAll(box.name).includes(box.value);
      filters.open ||= boxes.some((box) => box.checked);
      sort();
      filter();
      say();
      section.scrollIntoView();
    }

    function change() {
      sort();
      filter();
      say();
      remember();
    }

    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isAgain = state.column === head.dataset.column && state.order === "ascending";
        Object.assign(state, { column: head.dataset.column, order: isAgain ? "descending" : "ascending" });
        change();
      });
    }
    filters.hidden = boxes.length === 0;
    filters.addEventListener("change", change);
    filters.querySelector(".clear").addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      change();
    });
    addEventListener("hashchange", recall);
    recall();
  }

  // Rows without a value stand last in both orders; equal ones stay as the page had them.
  function sorted(rows, at, isNumber, order) {
    const sign = order === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => ({ row, key: keyOf(row.cells[at], isNumber) }));
    const compare = isNumber ? (a, b) => a - b : collator.compare;
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return sign * compare(a.key, b.key);
    });
    return keyed.map(({ row }) => row);
  }

  function keyOf(cell, isNumber) {
    const value = cell.dataset.value ?? cell.textContent.trim();
    if (value === "") return null;
    return isNumber ? Number(value) : value;
  }

  // --- the marks of the drawings -----------------------------------------------------------------------------

  const tip = document.createElement("div");
  let lit = null;
  let dismissed = null;
  // A press takes the focus from a mark, after it has said which mark it means.
  let isPointing = false;
  let hiding = 0;

  function show(mark) {
    stay();
    if (mark === lit) return;
    hide();
    lit = mark;
    mark.classList.add("lit");
    tip.replaceChildren(...mark.dataset.tip.split("; ").map(lineOf));
    tip.hidden = false;
    place(mark.getBoundingClientRect());
  }

  function lineOf(text) {
    const line = document.createElement("div");
    line.textContent = text;
    return line;
  }

  function hide() {
    stay();
    lit?.classList.remove("lit");
    lit = null;
    tip.hidden = true;
  }

  function stay() {
    clearTimeout(hiding);
    hiding = 0;
  }

  // Time enough for the pointer to come from the mark to what is said of it.
  function hideSoon() {
    hiding ||= setTimeout(() => (lit === document.activeElement ? stay() : hide()), HIDE_AFTER_MS);
  }

  // A finger leaves by being lifted, which is no reason to stop reading.
  function leave(event) {
    if (event.pointerType !== "touch") hideSoon();
  }

  // Above the mark or, without room there, below it; never over the edge of the window.
  function place(box) {
    tip.style.left = tip.style.top = "0";
    const { offsetWidth: width, offsetHeight: height } = tip;
    const right = document.documentElement.clientWidth - width - 8;
    const left = Math.max(8, Math.min((box.left + box.right - width) / 2, right));
    const top = box.top - height - 8 < 0 ? box.bottom + 8 : box.top - height - 8;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  }

  // The mark under the pointer, or the nearest within its reach: marks are small, fingers are not.
  function pointed(marks, { target, clientX: x, clientY: y, pointerType }) {
    let found = target.closest("[data-tip]");
    if (found) return found;
    let least = REACH_PX[pointerType] ?? REACH_PX.mouse;
    for (const mark of marks) {
      const box = mark.getBoundingClientRect();
      const distance = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
      if (distance < least) [found, least] = [mark, distance];
    }
    return found;
  }

  function drawing(element) {
    const marks = [...element.querySelectorAll("[data-tip]")];
    if (marks.length === 0) return;
    makeReadable(element, marks);
    const point = (event) => {
      const mark = pointed(marks, event);
      const isPress = event.type === "pointerdown";
      if (isPress || mark !== dismissed) dismissed = null;
      if (mark && !dismissed) show(mark);
      else if (isPress) hide();
      else if (lit) hideSoon();
    };
    element.addEventListener("pointermove", point);
    element.addEventListener("pointerdown", point);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("focusin", (event) => marks.includes(event.target) && show(event.target));
    element.addEventListener("focusout", () => isPointing || hide());
    element.addEventListener("keydown", (event) => walk(marks, event));
  }

  // One image with one description becomes a group of named marks with a single tab stop, walked by arrow keys.
  function makeReadable(element, marks) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-roledescription", "figure");
    element.setAttribute("aria-description", "Arrow keys walk its marks.");
    for (const picture of element.querySelectorAll("svg")) picture.removeAttribute("aria-hidden");
    for (const words of element.querySelectorAll("text")) words.setAttribute("aria-hidden", "true");
    for (const mark of marks) {
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", mark.dataset.tip);
      mark.setAttribute("tabindex", mark === marks[0] ? "0" : "-1");
    }
  }

  function walk(marks, event) {
    const at = marks.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: marks.length - 1 };
    const next = marks[to[event.key]];
    if (at < 0 || !next) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  function drawings(elements) {
    tip.className = "tip";
    tip.setAttribute("role", "tooltip");
    tip.hidden = true;
    tip.addEventListener("pointerenter", stay);
    tip.addEventListener("pointerleave", leave);
    document.body.append(tip);
    elements.forEach(drawing);
    addEventListener("keydown", (event) => {
      isPointing = false;
      if (event.key !== "Escape" || !lit) return;
      dismissed = lit;
      hide();
    });
    addEventListener("pointerdown", (event) => {
      isPointing = true;
      if (!event.target.closest?.(".drawing, .tip")) hide();
    });
  }

  // --- light and dark ----------------------------------------------------------------------------------------

  function themeToggle(masthead) {
    const root = document.documentElement;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "theme";
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const name = () => (button.textContent = isDark() ? "Light page" : "Dark page");
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      kept((storage) => storage.setItem("theme", root.dataset.theme));
      name();
    });
    system.addEventListener("change", name);
    const before = kept((storage) => storage.getItem("theme"));
    if (before === "light" || before === "dark") root.dataset.theme = before;
    name();
    masthead.append(button);
  }

  // Some browsers keep nothing for a page that was opened as a file, and throw; then the choice holds for this page.
  function kept(what) {
    try {
      return what(localStorage);
    } catch {
      return null;
    }
  }

  document.querySelectorAll(".leaderboard:has(table.ranking)").forEach(leaderboard);
  drawings([...document.querySelectorAll(".drawing")]);
  document.querySelectorAll("[data-theme-toggle]").forEach(themeToggle);
})();
