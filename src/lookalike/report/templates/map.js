// The flat map of the embeddings. All dots of one colour are one path of zero-length strokes with round ends:
// thousands of dots cost as much as a handful of elements.

const SVG = "http://www.w3.org/2000/svg";
const REACH = 28; // how near a dot the pointer must be, in map units
const DOMAINS = ["real", "synthetic", "unknown"];

function shape(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Identities in turn around the colour circle, by the golden angle, so that neighbours in the list differ.
const hue = (index) => `hsl(${Math.round((index * 137.508) % 360)} 60% 52%)`;

function dots(map, rows, colour, className) {
  const path = shape("path", { d: rows.map((k) => `M${map.x[k]} ${1000 - map.y[k]}h0`).join(""), class: className });
  path.style.setProperty("--c", colour);
  return path;
}

function groupsOf(map, key) {
  const groups = new Map();
  map.image.forEach((image, k) => {
    const value = images[key][image] ?? "no label";
    if (!groups.has(value)) groups.set(value, []);
    groups.get(value).push(k);
  });
  return [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function colourOf(key, value, index) {
  return key === "domain" ? `var(--${DOMAINS.includes(value) ? value : "unknown"})` : hue(index);
}

function drawMap() {
  const map = data.maps[Number(byId("map-model").value)];
  const [key, wanted] = [byId("map-colour").value, byId("map-label").value.trim()];
  const groups = groupsOf(map, key);
  const picked = map.image.map((_, k) => k).filter((k) => wanted && name(map.image[k]) === wanted);
  const plot = byId("map-plot");
  plot.setAttribute("aria-label", `Map of ${map.image.length} test images by ${map.name}, coloured by ${byId("map-colour").selectedOptions[0].text}`);
  const below = groups.map(([value, rows], i) => dots(map, rows, colourOf(key, value, i), picked.length ? "faded" : ""));
  const above = groupsOf(map, "domain").map(([value, rows]) => dots(map, rows.filter((k) => picked.includes(k)), colourOf("domain", value), "picked"));
  plot.replaceChildren(...below, ...(picked.length ? above : []));
  drawLegend(key, groups, wanted, picked.length);
  const [first, second] = map.share;
  byId("map-share").textContent = `Principal components of ${map.name}; the two directions hold ${share(first, 1)} and ${share(second, 1)} of the variance, so distances here are only a hint.`;
}

function drawLegend(key, groups, wanted, found) {
  const entries = groups.map(([value, rows], i) => {
    const swatch = el("span", { className: "swatch domain", "aria-hidden": "true" });
    swatch.style.setProperty("--c", colourOf(key, value, i));
    return el("li", {}, swatch, `${value} (${rows.length})`);
  });
  const lines = key === "domain" ? entries : [el("li", {}, `${groups.length} identities, each in its colour`)];
  if (wanted) lines.push(el("li", {}, `${wanted}: ${found} images picked out`));
  byId("map-legend").replaceChildren(...lines);
}

function nearest(map, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(byId("map-plot").getScreenCTM().inverse());
  let [best, distance] = [-1, REACH];
  map.image.forEach((_, k) => {
    const d = Math.hypot(map.x[k] - at.x, 1000 - map.y[k] - at.y);
    if (d < distance) [best, distance] = [k, d];
  });
  return best;
}

function point(event) {
  const map = data.maps[Number(byId("map-model").value)];
  const k = nearest(map, event);
  byId("map-plot").querySelector("circle")?.remove();
  if (k < 0) return;
  const image = map.image[k];
  byId("map-plot").append(shape("circle", { cx: map.x[k], cy: 1000 - map.y[k], r: 14 }));
  byId("map-preview").replaceChildren(picture(image, name(image)), el("b", {}, name(image)), el("div", {}, `${images.split[image]}, ${images.domain[image]}`));
}

if (byId("map")) {
  byId("map-model").replaceChildren(...data.maps.map((map, i) => el("option", { value: i }, map.name)));
  const labels = new Set(data.maps.flatMap((map) => map.image.map((image) => images.label[image])));
  labels.delete(null);
  byId("map-labels").replaceChildren(...[...labels].sort().map((value) => el("option", { value })));
  for (const id of ["map-model", "map-colour", "map-label"]) byId(id).addEventListener("input", drawMap);
  byId("map-controls").addEventListener("submit", (event) => event.preventDefault());
  byId("map-plot").addEventListener("pointermove", point);
  byId("map-plot").addEventListener("pointerdown", point);
}
