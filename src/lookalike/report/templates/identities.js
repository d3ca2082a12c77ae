// Rates by identity of the chosen system, worst first.

const COLUMNS = [
  { key: "label", heading: "Identity" },
  { key: "count", heading: "Queries", number: true },
  { key: "first", heading: "Right first", number: true, bar: true },
  { key: "ten", heading: "Within ten", number: true, bar: true },
  { key: "taken", heading: "Most often taken for" },
];
const FEW = 15;
const identities = { sort: "first", down: false, all: false };

function rates(system) {
  const groups = new Map();
  data.queries.forEach((query, i) => {
    if (system.first_hit[i] < 0) return;
    const label = images.label[query];
    if (!groups.has(label)) groups.set(label, { label, count: 0, first: 0, ten: 0, wrong: new Map() });
    const group = groups.get(label);
    const rank = system.first_hit[i];
    group.count += 1;
    group.first += rank === 1;
    group.ten += rank >= 1 && rank <= 10;
    if (rank !== 1 && system.answers[i].length) {
      const taken = name(system.answers[i][0]);
      group.wrong.set(taken, (group.wrong.get(taken) ?? 0) + 1);
    }
  });
  return [...groups.values()].map((g) => ({ ...g, first: g.first / g.count, ten: g.ten / g.count, taken: commonest(g.wrong) }));
}

function commonest(wrong) {
  const [best] = [...wrong].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return best ? `${best[0]} (${best[1]})` : "";
}

function cell(row, column) {
  const value = row[column.key];
  if (column.key === "label") {
    const button = el("button", { type: "button" }, value);
    button.addEventListener("click", () => {
      change({ search: value, outcome: "all" });
      byId("browse").scrollIntoView();
      byId("search").focus({ preventScroll: true });
    });
    return el("th", { scope: "row" }, button);
  }
  if (!column.bar) return el("td", { className: column.number ? "number" : "" }, String(value));
  const fill = el("i");
  fill.style.width = `${100 * value}%`;
  return el("td", { className: "number" }, el("span", { className: "meter", "aria-hidden": "true" }, fill), el("span", { className: "figure" }, share(value, 1)));
}

function heading(column) {
  const button = el("button", { type: "button" }, column.heading);
  button.addEventListener("click", () => {
    identities.down = identities.sort === column.key ? !identities.down : false;
    identities.sort = column.key;
    drawIdentities();
    byId("identities-table").querySelector("[aria-sort] button").focus();
  });
  const sorted = identities.sort === column.key ? { "aria-sort": identities.down ? "descending" : "ascending" } : {};
  return el("th", { scope: "col", className: column.number ? "number" : "", ...sorted }, button);
}

function drawIdentities() {
  const table = byId("identities-table");
  const system = data.systems[state.system];
  const sign = identities.down ? -1 : 1;
  const by = (a, b, key) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);
  const rows = rates(system).sort((a, b) => sign * by(a, b, identities.sort) || by(a, b, "ten") || by(a, b, "label"));
  const shown = identities.all ? rows : rows.slice(0, FEW);
  byId("identities-system").textContent = system.name;
  table.tHead.rows[0].replaceChildren(...COLUMNS.map(heading));
  table.tBodies[0].replaceChildren(...shown.map((row) => el("tr", {}, ...COLUMNS.map((column) => cell(row, column)))));
  byId("identities-more").hidden = shown.length === rows.length;
  byId("identities-more").textContent = `Show all ${rows.length}`;
}

if (byId("identities-table")) {
  byId("identities-more").addEventListener("click", () => {
    identities.all = true;
    drawIdentities();
  });
  onChange(drawIdentities);
}
