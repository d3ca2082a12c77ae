// The photograph that is asked about, and the face found in it.

import { pictureUrl } from "./api.js";
import { baseName, byId, svg } from "./dom.js";

let shownUrl = null;

// `asked` is { photo: File }, { image: id } or null.
export function showPhoto(asked) {
  byId("photo").hidden = !asked;
  byId("hint").hidden = Boolean(asked);
  byId("drop").classList.toggle("empty", !asked);
  byId("frame").hidden = false;
  forgetFace();
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = asked?.photo ? URL.createObjectURL(asked.photo) : null;
  if (!asked) return;
  const name = asked.photo ? asked.photo.name : baseName(asked.image);
  const picture = byId("picture");
  picture.alt = asked.photo ? `Your photo ${name}` : `Gallery picture ${name}`;
  picture.src = shownUrl ?? pictureUrl(asked.image);
  byId("name").textContent = asked.photo ? name : `${name} (gallery)`;
  byId("name").title = name;
}

// What this browser cannot show, such as a TIFF, can be searched all the same.
byId("picture").addEventListener("error", () => {
  byId("frame").hidden = true;
});

export function forgetFace() {
  byId("face").replaceChildren();
  byId("found").textContent = "";
}

export function showFace({ face, width, height }) {
  byId("found").textContent = told(face);
  if (!face) return;
  const overlay = byId("face");
  overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const [x, y, right, bottom] = face.box;
  const box = { x, y, width: right - x, height: bottom - y, rx: (right - x) / 30 };
  overlay.append(svg("rect", { ...box, class: "under" }), svg("rect", { ...box, class: "over" }));
  const r = (right - x) / 45;
  for (const [cx, cy] of face.landmarks) overlay.append(svg("circle", { cx, cy, r }));
}

function told(face) {
  if (!face) return "The whole picture is compared.";
  if (face.detector === "centre") return "No face found; the middle of the picture is compared.";
  return `Face found by ${face.detector}.`;
}
