// Elements made of text: nothing a file is named can become markup.

export const byId = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, []);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const baseName = (path) => path.split("/").pop();
