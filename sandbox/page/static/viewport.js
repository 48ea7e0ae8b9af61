// Keeps the field above the keyboard: where a browser lays the keyboard over the page instead of making the
// page smaller, the visible part is known to visualViewport alone.

export function followViewport() {
  const visible = window.visualViewport;
  if (!visible) return;
  const follow = () => {
    // Zooming with two fingers makes the visible part smaller as well, and is no keyboard.
    if (visible.scale > 1.01) return;
    document.documentElement.style.setProperty("--app-height", `${visible.height}px`);
    if (visible.offsetTop > 0) window.scrollTo(0, 0);
  };
  visible.addEventListener("resize", follow);
  visible.addEventListener("scroll", follow);
  follow();
}
