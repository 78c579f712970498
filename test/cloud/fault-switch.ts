/** Makes the next calls of an action fail. */

export interface Fault {
  /** How many calls it befalls. */
  times: number;
  /** What the cloud answers instead. */
  error?: { code: string; status: number; message?: string };
  /** Cuts the connection: before the call has any effect, or after it. */
  hangUp?: 'before' | 'after';
  /** Milliseconds to wait first; alone it only makes the call slow. */
  delayMs?: number;
  /** Only in this region. */
  region?: string;
  /** Only for callers of this account. */
  account?: string;
}

export class FaultSwitch {
  readonly #faults: (Fault & { action: string })[] = [];

  /** Switches a fault on for the next `times` calls of an action (once where not said). */
  fail(action: string, fault: Partial<Fault>): void {
    this.#faults.push({ action, times: 1, ...fault });
  }

  /** Switches all faults off. */
  clear(): void {
    this.#faults.length = 0;
  }

  /** The fault that befalls this call, which uses it up once. */
  take(action: string, account: string, region: string): Fault | null {
    const fault = this.#faults.find(
      (candidate) =>
        candidate.action === action &&
        candidate.times > 0 &&
        (candidate.region ?? region) === region &&
        (candidate.account ?? account) === account,
    );
    if (fault) fault.times--;
    return fault ?? null;
  }
}
