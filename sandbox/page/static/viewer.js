// A picture that fills the screen, until it is closed.

import { el, iconButton } from "/dom.js";

/** Show the picture at that address. */
export function enlarge(address, name) {
  const viewer = el("dialog", { className: "viewer", ariaLabel: name }, el("img", { src: address, alt: name }), iconButton("close", "Close the picture", { onclick: () => viewer.close() }));
  viewer.addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => viewer.remove());
  document.body.append(viewer);
  viewer.showModal();
}
