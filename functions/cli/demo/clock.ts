/** The clock of the demo: its days pass within seconds. */

/**
 * Runs something while every clock of this process that is asked by `Date` shows another time, and goes on from there:
 * those of the simulated clouds, of the SDKs, and of the auditor, so that none of them finds another early or late.
 */
export async function atTime<Result>(time: Date, run: () => Promise<Result>): Promise<Result> {
  const real = globalThis.Date;
  globalThis.Date = shiftedBy(time.getTime() - real.now(), real);
  try {
    return await run();
  } finally {
    globalThis.Date = real;
  }
}

function shiftedBy(ms: number, real: DateConstructor): DateConstructor {
  const now = () => real.now() + ms;
  return new Proxy(real, {
    construct: (target, given: unknown[], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as object,
    get: (target, key): unknown => (key === 'now' ? now : Reflect.get(target, key)),
  });
}
