// Live changes from the sandbox, as server-sent events, over a line that is taken up again when it breaks.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before the n-th attempt (from 0): twice as long each time, up to a limit. */
export const backOff = (attempt) => Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);

/**
 * Call `onChange({kind, seq, …})` for every change, and `onState(true|false)` when the line comes and goes.
 * Whoever listens should look at everything again on `onState(true)`.
 */
export function listen({ onChange, onState }) {
  let source = null;
  let attempt = 0;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/control/events");
    source.addEventListener("open", () => {
      attempt = 0;
      onState(true);
    });
    source.addEventListener("error", lost);
    source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  }

  function lost() {
    source.close();
    onState(false);
    timer = setTimeout(open, backOff(attempt++));
  }

  function retryNow() {
    if (attempt > 0 && document.visibilityState === "visible") open();
  }

  // A laptop that wakes up or finds its network again need not sit out the wait.
  window.addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", retryNow);
  open();
}
