// Live changes from the sandbox, as server-sent events.

/**
 * Call `onChange({kind, seq, …})` for every change, and `onState(true|false)` when the line comes and goes.
 * The browser reconnects by itself; whoever listens should look at everything again on `onState(true)`.
 */
export function listen({ onChange, onState }) {
  const source = new EventSource("/control/events");
  source.addEventListener("open", () => onState(true));
  source.addEventListener("error", () => onState(false));
  source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  return source;
}
