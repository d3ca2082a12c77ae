// The cards of an answer.

import { cardUrl, pageUrl } from "./api.js";
import { baseName, byId, el } from "./dom.js";

const LIKELY = 0.75;
const UNSURE = 0.25;

function word(probability) {
  if (probability >= LIKELY) return "likely";
  return probability >= UNSURE ? "unsure" : "unlikely";
}

// "100 %" would promise what no calibration can.
function percent(probability) {
  if (probability > 0.99) return "> 99 %";
  return probability < 0.01 ? "< 1 %" : `${Math.round(probability * 100)} %`;
}

function likelihood({ probability, interval }) {
  const said = word(probability);
  const bar = el("i", { class: said });
  bar.style.width = `${probability * 100}%`;
  const likely = el("b", { class: said }, `${said} ${percent(probability)}`);
  if (interval) likely.title = `95 % interval: ${interval.map(percent).join(" to ")}`;
  return [el("span", { class: "meter", "aria-hidden": "true" }, bar), likely];
}

function card(match, system, top) {
  const name = baseName(match.id);
  const image = el("img", { src: cardUrl(match.id), alt: "" });
  const shown = el("span", { class: "shown" }, image, el("span", { class: "rank" }, String(match.rank)));
  const [meter, likely] = match.probability === null ? [] : likelihood(match);
  const said = el("span", { class: "said" }, ...(likely ? [likely] : []), el("span", {}, `score ${match.score.toFixed(3)}`));
  const link = el("a", { class: "match", href: pageUrl(match.id, system, top), title: match.id }, shown, el("span", { class: "name" }, name), ...(meter ? [meter] : []), said);
  link.dataset.image = match.id;
  return el("li", {}, link);
}

export function showMatches(answer, top) {
  byId("matches").replaceChildren(...answer.matches.map((match) => card(match, answer.system, top)));
  byId("key").hidden = !answer.matches.some((match) => match.probability !== null);
  byId("status").textContent = summary(answer);
}

export function forgetMatches() {
  byId("matches").replaceChildren();
  byId("key").hidden = true;
  byId("status").textContent = "";
}

function summary({ matches, system, unknown }) {
  if (!matches.length) return "The gallery has no picture to compare.";
  const likely = matches.filter((match) => match.probability >= LIKELY).length;
  const found = matches.length === 1 ? "1 picture" : `${matches.length} pictures`;
  if (matches[0].probability === null) return `${found}, best first, by ${system}.${unknown ? ` How likely they are is unknown: ${unknown}.` : ""}`;
  if (matches[0].probability < UNSURE) return `Probably nobody here. ${found} most alike, by ${system}.`;
  return `${found}, best first, by ${system}; ${likely || "none"} likely the same.`;
}
