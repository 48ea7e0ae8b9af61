// Live events from the sandbox, as server-sent events over a connection that is restored when it breaks.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** The delay before attempt n (from 0): it doubles each time, up to a limit. */
export const backOff = (attempt) => Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);

/**
 * Call `onChange({kind, seq, …})` for every change, and `onState(true|false)` when the line comes and goes.
 * Listeners should look at everything again on `onState(true)`.
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

  // Do not wait when a laptop wakes up or finds its network again.
  window.addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", retryNow);
  open();
}
