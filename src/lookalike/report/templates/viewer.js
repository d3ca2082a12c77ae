// A closer look at one answer beside its query.

const viewer = byId("viewer");
let look = null;

function view(i, system, rank) {
  look = { i, system, rank };
  const [query, image] = [data.queries[i], system.answers[i][rank]];
  byId("viewer-title").textContent = image === undefined ? "No answer" : `Answer ${rank + 1} of ${system.name}${isRight(query, image) ? ": right" : ""}`;
  const answer = image === undefined ? [] : [closer(image, "Answer", `score ${number(system.scores[i][rank])}`)];
  byId("viewer-pair").replaceChildren(closer(query, "Query", `margin ${number(system.margin[i])}`), ...answer);
  byId("viewer-back").disabled = rank === 0;
  byId("viewer-next").disabled = rank + 1 >= system.answers[i].length;
  if (!viewer.open) viewer.showModal();
}

function closer(image, role, figure) {
  return el("figure", {},
    el("figcaption", {}, `${role}: ${name(image)}`),
    picture(image, `${role}: ${name(image)}`),
    el("p", {}, figure),
    el("p", {}, el("code", {}, images.id[image])),
    el("p", {}, el("a", { href: original(image), target: "_blank", rel: "noopener" }, "Open the file"), ", if the data is still beside this report"));
}

function turn(by) {
  const rank = look.rank + by;
  if (rank >= 0 && rank < look.system.answers[look.i].length) view(look.i, look.system, rank);
}

byId("viewer-back").addEventListener("click", () => turn(-1));
byId("viewer-next").addEventListener("click", () => turn(1));
byId("viewer-close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") turn(-1);
  if (event.key === "ArrowRight") turn(1);
});
