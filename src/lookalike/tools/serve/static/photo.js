// The photographs that are asked with, and the face found in each.

import { pictureUrl } from "./api.js";
import { baseName, byId, el, svg } from "./dom.js";
import { forgetFaces, showFaces } from "./faces.js";

// What is asked by, its object URLs, what the answer says of each photo, and which one stands in the frame.
let asked = null;
let urls = [];
let seen = [];
let at = 0;
let chosen = () => {};

// Call `listener` with the number of a photo and of one of its faces once that face is chosen.
export function onFace(listener) {
  chosen = listener;
}

// `given` is { photos: [{ file, face }] }, { image: id } or null. A new photo goes into the frame; without one, what was there stays.
export function showPhotos(given) {
  const before = asked?.photos?.map(({ file }) => file) ?? [];
  const files = given?.photos?.map(({ file }) => file) ?? [];
  const added = files.findIndex((file) => !before.includes(file));
  at = Math.max(added >= 0 ? added : files.indexOf(before[at]), 0);
  asked = given;
  byId("photo").hidden = !asked;
  byId("hint").hidden = Boolean(asked);
  byId("drop").classList.toggle("empty", !asked);
  byId("add").hidden = !asked?.photos;
  urls.forEach((url) => URL.revokeObjectURL(url));
  urls = asked?.photos ? asked.photos.map(({ file }) => URL.createObjectURL(file)) : [];
  drawStrip();
  forgetFace();
  if (asked) frame();
}

// Put one photo, or the gallery picture, in the frame.
function frame() {
  const photo = asked.photos?.[at];
  const name = photo ? photo.file.name : baseName(asked.image);
  const picture = byId("picture");
  byId("frame").hidden = false;
  picture.alt = photo ? `Your photo ${name}` : `Gallery picture ${name}`;
  picture.src = photo ? urls[at] : pictureUrl(asked.image);
  byId("name").textContent = photo ? name : `${name} (gallery)`;
  byId("name").title = name;
}

// What this browser cannot show, such as a TIFF, can be searched all the same.
byId("picture").addEventListener("error", () => {
  byId("frame").hidden = true;
});

function drawStrip() {
  const photos = urls.length > 1 ? asked.photos : [];
  byId("strip").hidden = !photos.length;
  byId("strip").replaceChildren(...photos.map(({ file }, i) => {
    const told = `Photo ${i + 1} of ${photos.length}: ${file.name}`;
    const button = el("button", { type: "button", title: file.name, "aria-label": told, "aria-pressed": String(i === at) }, el("img", { src: urls[i], alt: "" }));
    button.addEventListener("click", () => look(i));
    return el("li", {}, button);
  }));
}

function look(i) {
  at = i;
  [...byId("strip").querySelectorAll("button")].forEach((button, k) => button.setAttribute("aria-pressed", String(k === at)));
  frame();
  draw();
}

export function forgetFace() {
  seen = [];
  draw();
}

export function showSeen({ face, width, height, others }) {
  seen = [{ face, width, height }, ...others];
  draw();
}

function draw() {
  byId("face").replaceChildren();
  byId("found").textContent = "";
  forgetFaces();
  if (!seen.length) return;
  const { face, width, height } = seen[at];
  byId("found").textContent = told(face);
  if (!face) return;
  box(face, width, height);
  const photo = asked.photos?.[at];
  const [here, number] = [photo, at];
  if (photo) showFaces(photo.file, photo.face, () => asked?.photos?.[at] === here, (other) => chosen(number, other));
}

function box(face, width, height) {
  const overlay = byId("face");
  overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const [x, y, right, bottom] = face.box;
  const place = { x, y, width: right - x, height: bottom - y, rx: (right - x) / 30 };
  overlay.append(svg("rect", { ...place, class: "under" }), svg("rect", { ...place, class: "over" }));
  const r = (right - x) / 45;
  for (const [cx, cy] of face.landmarks) overlay.append(svg("circle", { cx, cy, r }));
}

function told(face) {
  if (!face) return "The whole picture is compared.";
  if (face.detector === "centre") return "No face found; the middle of the picture is compared.";
  return `Face found by ${face.detector}.`;
}
