// The report's retrieval browser: the answers of one system, and beside them those of another.

// The outcome filters: name -> [label, test of query i].
function filters() {
  const [system, other] = [data.systems[state.system], data.systems[state.other]];
  const is = (wanted) => (i) => outcome(system, i) === wanted;
  const all = { all: ["all", () => true], first: ["right first", is("first")], late: ["right later in the list", is("late")], miss: ["missed", is("miss")] };
  if (data.queries.some((_, i) => is("none")(i))) all.none = ["not scored", is("none")];
  if (other) {
    all.won = [`right first only by ${system.name}`, (i) => is("first")(i) && outcome(other, i) !== "first"];
    all.lost = [`right first only by ${other.name}`, (i) => !is("first")(i) && outcome(other, i) === "first"];
  }
  return all;
}

// What the report says about query number i.
function verdicts(i) {
  const system = data.systems[state.system];
  return [
    el("div", { className: `badge ${outcome(system, i)}` }, verdict(i, system)),
    el("div", { className: "figures" }, `margin ${number(system.margin[i])}`),
    ...(system.confidence[i] === null ? [] : [el("div", { className: "figures" }, `confidence ${share(system.confidence[i], 1)}`)]),
  ];
}

function nextSystem() {
  change({ system: (state.system + 1) % data.systems.length });
}

function options(select, none) {
  const systems = data.systems.map((system, i) => el("option", { value: i }, system.name));
  select.replaceChildren(...(none ? [el("option", { value: -1 }, none)] : []), ...systems);
}

options(byId("system"));
options(byId("other"), "nothing");
for (const key of ["system", "other"]) byId(key).addEventListener("change", (e) => change({ [key]: Number(e.target.value) }));
onChange(() => {
  for (const key of ["system", "other"]) byId(key).value = state[key];
});
