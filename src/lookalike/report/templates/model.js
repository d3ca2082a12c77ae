"use strict";
// The page's data and the few helpers every part uses. User text enters the page through textContent and attributes
// only, never as markup.

const data = JSON.parse(document.getElementById("payload").textContent);
const images = data.images;
const byId = (id) => document.getElementById(id);

// The pictures are most of the file; they are parsed when the first one is wanted, after the first view is drawn.
let webp = null;
function source(image) {
  webp ??= JSON.parse(byId("thumbnails").textContent);
  const thumb = images.thumb[image];
  return thumb < 0 ? null : `data:image/webp;base64,${webp[thumb]}`;
}

// el("p", {className: "note", "aria-label": "…"}, "text", child, …): properties where the element has them, else attributes.
function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function picture(image, alt) {
  const src = source(image);
  return src ? el("img", { src, alt, decoding: "async" }) : el("span", { className: "blank", role: "img", "aria-label": `${alt}, no picture` }, "–");
}

const name = (image) => images.label[image] ?? "no label";
// A long name may break after its underscores.
const breakable = (text) => text.split(/(?<=_)/).flatMap((part, i) => (i ? [el("wbr"), part] : [part]));
const fileName = (image) => images.id[image].split("/").pop();
const number = (value, digits = 3) => (value === null ? "–" : value.toFixed(digits).replace("-", "−"));
const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const isRight = (query, image) => images.label[query] !== null && images.label[query] === images.label[image];

function original(image) {
  return `${data.originals}/${images.id[image].split("/").map(encodeURIComponent).join("/")}`;
}

const OUTCOMES = { first: "right first", late: "right in the list", miss: "missed", none: "not scored" };

// What became of query number i: its place among OUTCOMES.
function outcome(system, i) {
  const rank = system.first_hit[i];
  if (rank < 0) return "none";
  if (rank === 1) return "first";
  return rank > 1 && rank <= system.answers[i].length ? "late" : "miss";
}

// What the person has chosen. Parts of the page that depend on it subscribe with onChange.
const state = { system: data.systems.findIndex((s) => s.name === data.lead), other: -1, sort: "file", search: "", outcome: "all" };
const listeners = [];
const onChange = (listener) => listeners.push(listener);
function change(part) {
  Object.assign(state, part);
  listeners.forEach((listener) => listener());
}

// Fill a list batch by batch: `draw(i)` makes item i. A button brings more; on scrolling alone, the reader would never
// reach what stands below the list.
function paged(list, button, size) {
  let items = [], draw = null, done = 0;
  function more() {
    const next = items.slice(done, done + size);
    list.append(...next.map(draw));
    done += next.length;
    button.hidden = done >= items.length;
  }
  button.addEventListener("click", more);
  return {
    more,
    show(all, drawItem) {
      [items, draw, done] = [all, drawItem, 0];
      list.replaceChildren();
      more();
    },
  };
}
