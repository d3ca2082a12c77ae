// The comparison: every query with the first answers of one system in two runs. In `data.systems`, each system stands
// twice, as the first run has it and as the second has it.

const select = byId("pair");
const runs = () => [data.systems[state.system], data.systems[state.other]];
const first = (system) => (i) => outcome(system, i) === "first";
const show = (pair) => change({ system: 2 * pair, other: 2 * pair + 1 });

// The filters: name -> [label, test of query i].
function filters() {
  const [before, after] = runs().map(first);
  return {
    all: ["all", () => true],
    gained: ["gained", (i) => !before(i) && after(i)],
    lost: ["lost", (i) => before(i) && !after(i)],
    wrong: ["both wrong", (i) => !before(i) && !after(i)],
    right: ["both right", (i) => before(i) && after(i)],
  };
}

const place = (rank) => (rank < 0 ? "not scored" : rank || "not found");

// What is said about query number i: which way it went, and the ranks of its first right answers.
function verdicts(i) {
  const [before, after] = runs();
  const [was, is] = [first(before)(i), first(after)(i)];
  const [kind, text] = was === is ? (is ? ["first", "both right"] : ["miss", "both wrong"]) : is ? ["first", "gained"] : ["miss", "lost"];
  return [
    el("div", { className: `badge ${kind}` }, text),
    el("div", { className: "figures" }, `rank ${place(before.first_hit[i])} → ${place(after.first_hit[i])}`),
  ];
}

function nextSystem() {
  show((state.other + 1) / 2 % data.pairs.length);
}

select.replaceChildren(...data.pairs.map((system, i) => el("option", { value: i }, system)));
select.addEventListener("change", (event) => show(Number(event.target.value)));
onChange(() => (select.value = state.system / 2));

// After the first view is on the screen: a frame's callbacks run before it is painted.
requestAnimationFrame(() => requestAnimationFrame(() => {
  show(data.pairs.indexOf(data.lead));
  document.documentElement.dataset.ready = "yes";
}));
