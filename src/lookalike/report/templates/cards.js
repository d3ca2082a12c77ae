// A list of queries with their answers: filtered, sorted, walked by keys. The page's own script says what can be filtered by
// (`filters`), what is said about a query (`verdicts`), and what comes after the system that is shown (`nextSystem`).

const cards = byId("cards");
const browser = paged(cards, byId("more"), 24);

function matches(i, needle) {
  const query = data.queries[i];
  return `${images.label[query] ?? ""}\n${images.id[query]}`.toLowerCase().includes(needle);
}

// Sort keys are compared as numbers; a figure that is not known comes last either way.
function sorted(order) {
  const system = data.systems[state.system];
  const [, down, key] = state.sort.match(/^(-?)(.*)$/);
  if (key === "file") return order;
  const values = key === "rank" ? system.first_hit.map((rank) => (rank < 0 ? null : rank || Infinity)) : system[key];
  const sign = down ? -1 : 1;
  const compare = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : sign * (a < b ? -1 : 1));
  return [...order].sort((a, b) => compare(values[a], values[b]) || a - b);
}

function answer(i, system, rank) {
  const [query, image, score] = [data.queries[i], system.answers[i][rank], system.scores[i][rank]];
  const right = isRight(query, image);
  const alt = `Answer ${rank + 1}: ${name(image)}${right ? ", right" : ""}`;
  const said = el("span", { className: "said" }, number(score, 2));
  const button = el("button", { type: "button", tabIndex: -1, className: right ? "pic right" : "pic", title: `${name(image)}, ${images.id[image]}` }, picture(image, alt), said);
  button.addEventListener("click", () => view(i, system, rank));
  return el("li", {}, button);
}

function given(i, system, titled) {
  const answers = system.answers[i].map((_, rank) => answer(i, system, rank));
  const body = answers.length ? el("ol", { className: "row" }, ...answers) : el("p", { className: "empty" }, "No answer: this image could not be embedded.");
  return el("div", {}, ...(titled ? [el("h4", {}, `${system.name}: ${verdict(i, system)}`)] : []), body);
}

function verdict(i, system) {
  const rank = system.first_hit[i];
  return rank > 1 ? `first right at ${rank}` : OUTCOMES[outcome(system, i)];
}

function card(i) {
  const [query, system, other] = [data.queries[i], data.systems[state.system], data.systems[state.other]];
  const asked = el("button", { type: "button", tabIndex: -1, className: "pic asked-pic" }, picture(query, `Query: ${name(query)}`));
  asked.addEventListener("click", () => view(i, system, 0));
  const about = el("div", { className: "about" },
    el("h3", { className: "name" }, ...breakable(name(query))),
    el("div", { className: "file", title: images.id[query] }, fileName(query)),
    ...verdicts(i));
  const shown = other ? [given(i, system, true), given(i, other, true)] : [given(i, system, false)];
  return el("li", { className: "card" }, el("div", { className: "asked" }, asked, about), el("div", { className: "given" }, ...shown));
}

function drawFilters(all) {
  const needle = state.search.toLowerCase();
  const chips = Object.entries(all).map(([key, [label, test]]) => {
    const count = data.queries.filter((_, i) => matches(i, needle) && test(i)).length;
    const radio = el("input", { type: "radio", name: "outcome", value: key, checked: key === state.outcome });
    radio.addEventListener("change", () => change({ outcome: key }));
    return el("label", {}, radio, label, el("b", {}, count.toLocaleString("en")));
  });
  const focused = document.activeElement?.name === "outcome";
  byId("outcomes").replaceChildren(el("legend", {}, "Show"), ...chips);
  if (focused) byId("outcomes").querySelector(":checked")?.focus();
}

function drawBrowser() {
  const all = filters();
  if (!all[state.outcome]) state.outcome = "all";
  drawFilters(all);
  const needle = state.search.toLowerCase();
  const test = all[state.outcome][1];
  const order = sorted(data.queries.map((_, i) => i).filter((i) => matches(i, needle) && test(i)));
  browser.show(order, card);
  byId("status").textContent = `${order.length.toLocaleString("en")} of ${data.queries.length.toLocaleString("en")} queries`;
  enter(cards.querySelector(".pic"));
}

// One picture of the list can be reached by Tab; arrows move on from it.
function enter(pic) {
  cards.querySelector('.pic[tabindex="0"]')?.setAttribute("tabindex", -1);
  pic?.setAttribute("tabindex", 0);
  return pic;
}

function step(from, key) {
  const here = from.closest(".card");
  const pics = [...here.querySelectorAll(".pic")];
  const at = pics.indexOf(from);
  if (key === "ArrowRight") return pics[at + 1];
  if (key === "ArrowLeft") return pics[at - 1];
  if (key === "ArrowDown" && !here.nextElementSibling) browser.more();
  const there = key === "ArrowDown" ? here.nextElementSibling : here.previousElementSibling;
  const others = there ? [...there.querySelectorAll(".pic")] : [];
  return others[Math.min(at, others.length - 1)];
}

function listKeys(event) {
  const pic = event.target.closest?.(".pic");
  if (!pic || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) {
    enter(step(pic, event.key) ?? pic).focus();
  } else if (event.key === "/") {
    byId("search").focus();
  } else if (event.key === "m") {
    change({ outcome: state.outcome === "miss" ? "all" : "miss" });
    cards.querySelector(".pic")?.focus();
  } else if (event.key === "s") {
    nextSystem();
    cards.querySelector(".pic")?.focus();
  } else return;
  event.preventDefault();
}
cards.addEventListener("keydown", listKeys);
cards.addEventListener("focusin", (event) => event.target.matches(".pic") && enter(event.target));

byId("sort").addEventListener("change", (e) => change({ sort: e.target.value }));
byId("search").addEventListener("input", (e) => change({ search: e.target.value }));
byId("controls").addEventListener("submit", (e) => e.preventDefault());
onChange(() => {
  for (const key of ["sort", "search"]) byId(key).value = state[key];
  drawBrowser();
});
