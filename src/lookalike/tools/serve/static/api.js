// The server's JSON interface.

const query = (path, fields) => `${path}?${new URLSearchParams(fields)}`;

export const cardUrl = (image) => query("/api/card", { image });
export const pictureUrl = (image) => query("/api/picture", { image });
export const pageUrl = (image, system, top) => query("/", { image, system, top });

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Is `lookalike serve` still running?", { cause: error });
  }
  const said = await response.json();
  if (!response.ok) throw new Error(sentence(said.error));
  return said;
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1).replace(/\.?$/, ".");
}

export const about = () => ask("/api/about");

// `asked` is { photos: [{ file, face: which of its faces }] }, all of one person, or { image: id of the gallery }.
export function search(asked, system, top, signal) {
  if (!asked.photos) return ask(query("/api/search", { image: asked.image, system, top }), { signal });
  const fields = [["system", system], ["top", top], ...asked.photos.flatMap(({ file, face }) => [["size", file.size], ["face", face]])];
  return send(query("/api/search", fields), asked.photos.map(({ file }) => file), signal);
}

// Every face of a photo, first the one that a search takes.
export const facesOf = (file) => send("/api/faces", [file]);

// Files go one after another: `size` says where each ends.
function send(url, files, signal) {
  const headers = { "Content-Type": "application/octet-stream" };
  return ask(url, { method: "POST", body: new Blob(files), headers, signal });
}
