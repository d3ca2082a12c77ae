// What is asked: it lives in the browser's history, so that Back and Forward walk through the searches.

import { about, pageUrl, search } from "./api.js";
import { byId, el } from "./dom.js";
import { forgetFace, onFace, showPhotos, showSeen } from "./photo.js";
import { forgetMatches, showMatches } from "./results.js";

const TOPS = [5, 10, 20, 50];
// History keeps names; the photos themselves stay here until the page is left. It outlives a reload, they do not, so
// that a name is never given twice.
const photos = new Map();
let limits;
let running = new AbortController();

// A step of the history: { photos: [{ name in `photos`, face }] } or { image: id }, with system, top and how many steps lie before.
const now = () => history.state;

function askedBy(step) {
  if (step.photos?.every(({ name }) => photos.has(name))) {
    return { photos: step.photos.map(({ name, face }) => ({ file: photos.get(name), face })) };
  }
  return step.image ? { image: step.image } : null;
}

function go(change) {
  const first = !askedBy(now());
  const step = { ...now(), ...change, depth: first ? 0 : now().depth + 1 };
  // There is nothing to come back to where nothing was asked.
  if (first) history.replaceState(step, "", address(step));
  else history.pushState(step, "", address(step));
  show({ moved: true });
}

function settle(change) {
  const step = { ...now(), ...change };
  history.replaceState(step, "", address(step));
  show({ moved: false });
}

const address = ({ image, system, top }) => (image ? pageUrl(image, system, top) : "/");

async function show({ moved }) {
  const step = now();
  const asked = askedBy(step);
  byId("system").value = step.system;
  byId("top").value = step.top;
  byId("back").hidden = step.depth === 0;
  byId("error").textContent = "";
  if (moved) showPhotos(asked);
  else forgetFace();
  running.abort();
  byId("steps").hidden = Boolean(asked);
  byId("results").textContent = asked ? "Most alike" : "How to ask";
  if (asked) await answer(asked, step, moved);
  else forgetMatches();
}

async function answer(asked, step, moved) {
  running = new AbortController();
  const { signal } = running;
  byId("matches").setAttribute("aria-busy", "true");
  byId("status").textContent = "Searching…";
  try {
    const found = await search(asked, step.system, step.top, signal);
    showSeen(found);
    showMatches(found, step.top);
    if (moved && asked.image) byId("results").focus();
  } catch (error) {
    if (signal.aborted) return;
    forgetMatches();
    byId("error").textContent = error.message;
  } finally {
    if (!signal.aborted) byId("matches").setAttribute("aria-busy", "false");
  }
}

// Files that come together show one person; `before` are photos of the same one.
function take(files, before = []) {
  if (!files.length) return;
  const all = [...before.map(({ name }) => photos.get(name)), ...files];
  byId("error").textContent = refusal(all);
  if (refusal(all)) return;
  const added = [...files].map((file) => {
    const name = `${performance.timeOrigin} ${photos.size}`;
    photos.set(name, file);
    return { name, face: 0 };
  });
  go({ photos: [...before, ...added], image: null });
}

function refusal(files) {
  const most = `${limits.max_bytes / 1e6} MB`;
  if (files.length > limits.max_photos) return `${files.length} photos are too many. Send ${limits.max_photos} at most.`;
  if (files.reduce((sum, file) => sum + file.size, 0) <= limits.max_bytes) return "";
  if (files.length === 1) return `${files[0].name} is larger than ${most}. Send a smaller copy.`;
  return `These photos together are larger than ${most}. Send fewer, or smaller copies.`;
}

function chooseFace(at, face) {
  go({ photos: now().photos.map((photo, i) => (i === at ? { ...photo, face } : photo)) });
}

function listen() {
  for (const [id, before] of [["file", () => []], ["more", () => now().photos]]) {
    byId(id).addEventListener("change", (event) => {
      take(event.target.files, before());
      event.target.value = "";
    });
  }
  onFace(chooseFace);
  byId("system").addEventListener("change", (event) => settle({ system: event.target.value }));
  byId("top").addEventListener("change", (event) => settle({ top: Number(event.target.value) }));
  byId("back").addEventListener("click", () => {
    // The button may go away under the focus.
    byId("results").focus();
    history.back();
  });
  byId("matches").addEventListener("click", follow);
  addEventListener("popstate", () => show({ moved: true }));
  addEventListener("paste", (event) => take(event.clipboardData.files));
  listenToDrops();
}

// A plain click or Enter searches here; with Ctrl and the like the browser opens the link in a tab, as everywhere.
function follow(event) {
  const link = event.target.closest(".match");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go({ image: link.dataset.image, photos: null });
}

// The whole window takes a drop: a photo let go beside the frame must not replace the page.
function listenToDrops() {
  const over = (yes) => byId("drop").classList.toggle("over", yes);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  addEventListener("dragleave", (event) => over(event.relatedTarget !== null));
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    take(event.dataTransfer.files);
  });
}

// The ensemble, where there is one, is the last of the systems.
function firstStep() {
  const wanted = new URLSearchParams(location.search);
  const system = limits.systems.includes(wanted.get("system")) ? wanted.get("system") : limits.systems.at(-1);
  const top = TOPS.includes(Number(wanted.get("top"))) ? Number(wanted.get("top")) : 10;
  return { image: wanted.get("image"), photos: null, system, top, depth: 0 };
}

async function start() {
  showPhotos(null);
  try {
    limits = await about();
  } catch (error) {
    byId("error").textContent = error.message;
    return;
  }
  byId("system").append(...limits.systems.map((name) => el("option", { value: name }, name)));
  byId("top").append(...TOPS.filter((top) => top <= limits.max_top).map((top) => el("option", { value: top }, String(top))));
  history.replaceState(firstStep(), "");
  listen();
  await show({ moved: true });
  document.documentElement.dataset.ready = "yes";
}

start();
