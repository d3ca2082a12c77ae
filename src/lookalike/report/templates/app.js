// Start: the figures at the top are in the page as it is; the rest is drawn once they stand.

function fallback(image) {
  return el("li", {}, picture(image, `No face found: ${name(image)}`), el("span", { title: images.id[image] }, `${images.split[image]} · ${name(image)}`));
}

function start() {
  change({});
  if (byId("map")) drawMap();
  if (byId("fallbacks")) paged(byId("fallbacks"), byId("fallbacks-more"), 48).show(data.fallbacks, fallback);
  document.documentElement.dataset.ready = "yes";
}

// A frame's callbacks run before it is painted: the second frame begins after the first view is on the screen.
requestAnimationFrame(() => requestAnimationFrame(start));
