// The faces of a group photograph, small, to choose the one that is asked about.

import { facesOf } from "./api.js";
import { byId, el } from "./dom.js";

const SIDE = 96;
const MARGIN = 0.25;
// A photo's faces are looked for once, for as long as the photo is held.
const known = new WeakMap();

// Show the faces of `file` if there are several and `wanted()` still holds; call `choose` with the number of another one.
export async function showFaces(file, current, wanted, choose) {
  if (!known.has(file)) known.set(file, facesOf(file).catch(() => ({ faces: [] })));
  const { faces, width } = await known.get(file);
  if (faces.length < 2 || !wanted()) return;
  const picture = byId("picture");
  // What the browser cannot draw is chosen by its number.
  await picture.decode().catch(() => {});
  if (!wanted()) return;
  byId("faces").replaceChildren(...faces.map((face, i) => el("li", {}, button(face, i, faces.length, i === current, picture, width, choose))));
  byId("which").hidden = false;
}

export function forgetFaces() {
  byId("which").hidden = true;
  byId("faces").replaceChildren();
}

function button(face, i, count, current, picture, width, choose) {
  const shown = picture.naturalWidth ? thumbnail(picture, face.box, picture.naturalWidth / width) : String(i + 1);
  const made = el("button", { type: "button", "aria-label": `Face ${i + 1} of ${count}`, "aria-pressed": String(current) }, shown);
  if (!current) made.addEventListener("click", () => choose(i));
  return made;
}

function thumbnail(picture, [x, y, right, bottom], scale) {
  const side = Math.max(right - x, bottom - y) * (1 + 2 * MARGIN);
  const [left, top] = [(x + right - side) / 2, (y + bottom - side) / 2];
  const canvas = el("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
  canvas.getContext("2d").drawImage(picture, left * scale, top * scale, side * scale, side * scale, 0, 0, SIDE, SIDE);
  return canvas;
}
