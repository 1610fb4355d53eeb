/**
 * Preloaded into a process (`node --import`): its wall clock jumps by an hour forth and back every 200 ms. Monotonic
 * clocks and timers stay as they are.
 */
const hourMs = 60 * 60 * 1000;
const everyMs = 200;
const RealDate = Date;

/** One hour behind, on time, one hour ahead, and again. */
const now = () => RealDate.now() + ((Math.floor(performance.now() / everyMs) % 3) - 1) * hourMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
