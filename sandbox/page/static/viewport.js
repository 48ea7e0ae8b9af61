// Keep the field above the keyboard: if a browser puts the keyboard over the page, only visualViewport
// knows the visible part.

export function followViewport() {
  const visible = window.visualViewport;
  if (!visible) return;
  const follow = () => {
    // Pinch zoom makes the visible part smaller too, but is no keyboard.
    if (visible.scale > 1.01) return;
    document.documentElement.style.setProperty("--app-height", `${visible.height}px`);
    if (visible.offsetTop > 0) window.scrollTo(0, 0);
  };
  visible.addEventListener("resize", follow);
  visible.addEventListener("scroll", follow);
  follow();
}
