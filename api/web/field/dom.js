/* Make elements; whatever is text becomes a text node, never markup. */

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "hidden" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (label, press, attributes = {}) => h("button", { type: "button", onclick: press, ...attributes, class: "field-button " + (attributes.class ?? "") }, label);
export const link = (href, label, attributes = {}) => h("a", { href, ...attributes }, label);

const ICONS = {
  task_progress: "M4 20V13M10 20V9M16 20V5M22 20H2",
  checkpoint_inspection: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z M8.5 12l2.5 2.5 4.5-5",
  water_level: "M2 8c2.5 0 2.5 2 5 2s2.5-2 5-2 2.5 2 5 2 2.5-2 5-2 M2 15c2.5 0 2.5 2 5 2s2.5-2 5-2 2.5 2 5 2 2.5-2 5-2",
  hazard: "M12 3.5L22 20.5H2z M12 10v5 M12 17.6v.4",
  problem: "M5 21V4h13l-3 4.5 3 4.5H5",
  position_fix: "M12 21.5c4.5-5 7-8.5 7-12a7 7 0 0 0-14 0c0 3.500 2.500 7 7 12z M12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  note: "M5 3.500h14v17H5z M8.500 8.500h7 M8.500 12.500h7 M8.500 16.500h4",
  home: "M12 5v14 M5 12h14",
  queue: "M12 20V5 M6 11l6-6 6 6",
  sent: "M4 12.500l5.500 5.500L20 7",
  camera: "M3 8h4l2-3h6l2 3h4v12H3z M12 17.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  back: "M15 5l-7 7 7 7",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4 21c1-5 4-7 8-7s7 2 8 7",
};

export function icon(name, className = "field-icon") {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/* Draw a part anew and give the focus back to what has the same data-key. */
export function redraw(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  parent.replaceChildren(...children.flat(3).filter(Boolean));
  if (key) parent.querySelector('[data-key="' + CSS.escape(key) + '"]')?.focus({ preventScroll: true });
}
