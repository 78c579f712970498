/** The window of a look-up, cut into slices that are read side by side; pure bookkeeping, no clock, no network. */
import type { LookupAttribute, LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail';

type Event = NonNullable<LookupEventsResponse['Events']>[number];

/** LookupEvents gives at most 50 events a page. */
const eventsInPage = 50;

/** A slice is cut only where more than a page is left for each half; with less a cut would cost more than it saves. */
const leastPagesToCut = 2;

/**
 * A part of the window, read newest first, a page at a time. All times are whole seconds since 1970, as CloudTrail
 * has them. Each second belongs to exactly one slice, so that an event at an edge is counted once although
 * LookupEvents includes both ends of what it is asked for.
 */
export interface Slice {
  /** What LookupEvents is asked for; a page token is good only for the same question. */
  query: { from: number; to: number };
  /** Seconds up to this one belong to an older slice; null where the window begins. */
  above: number | null;
  /** Seconds after this one belong to a newer slice; null where the window ends. */
  upTo: number | null;
  /** The oldest second of which an event was read; the upper end before the first page. */
  cursor: number;
  /** Events of that second, by id: the only ones that another page may bring again. */
  cursorIds: Set<string>;
  nextToken: string | undefined;
  state: 'ready' | 'asked' | 'done';
  /** Events a second on the last page; null before the first. */
  density: number | null;
  /** Failed attempts at the next page. */
  failures: number;
}

/** A span of time, whole seconds since 1970, both included. */
export interface Span {
  from: number;
  to: number;
}

export class Slices {
  readonly #window: Span;
  readonly #slices: Slice[] = [];
  #done = 0;
  #events = 0;
  #pages = 0;

  constructor(window: Span) {
    this.#window = window;
    this.#slices.push(newSlice({ from: window.from, to: window.to }, null, null));
  }

  /** Whether a page can be asked for now. */
  hasWork(): boolean {
    return this.#ready() !== undefined || this.#toCut() !== undefined;
  }

  /** The slice whose next page to ask for: the longest that is ready, else the older half of the longest one. */
  next(): Slice | undefined {
    const ready = this.#ready();
    const chosen = ready ?? this.#cut();
    if (chosen) chosen.state = 'asked';
    return chosen;
  }

  /** Takes a page into account and returns those of its events that belong to the slice and are new. */
  take(slice: Slice, { Events: events = [], NextToken: token }: LookupEventsResponse): Event[] {
    const before = slice.cursor;
    const own = events.filter((event) => owns(slice, event));
    if (events.length > 0) slice.density = events.length / Math.max(1, before - slice.cursor);
    if (own.length > 0) slice.failures = 0;
    slice.nextToken = token;
    const last = secondOf(events.at(-1));
    const isRead = !token || (slice.above !== null && last !== null && last <= slice.above);
    if (isRead) this.#finish(slice);
    else slice.state = 'ready';
    this.#events += own.length;
    this.#pages++;
    return own;
  }

  /** Asks again for what is left of a slice, because its page token is no longer good. */
  restart(slice: Slice): void {
    slice.query = { from: lowest(slice), to: slice.cursor };
    slice.upTo = slice.cursor;
    slice.nextToken = undefined;
    slice.state = 'ready';
  }

  get events(): number {
    return this.#events;
  }

  get pages(): number {
    return this.#pages;
  }

  get counts(): { done: number; total: number } {
    return { done: this.#done, total: this.#slices.length + this.#done };
  }

  /** Share of the window that was read, 0 to 1. */
  get covered(): number {
    const left = this.#slices.reduce((sum, slice) => sum + secondsLeft(slice), 0);
    return 1 - left / Math.max(1, this.#window.to - this.#window.from);
  }

  /** What was not read to its end, oldest first. */
  uncovered(): Span[] {
    const spans = this.#slices
      .map((slice) => ({ from: lowest(slice), to: slice.cursor }))
      .sort((a, b) => a.from - b.from);
    return spans.reduce<Span[]>((merged, span) => {
      const last = merged.at(-1);
      if (last && span.from <= last.to + 1) last.to = Math.max(last.to, span.to);
      else merged.push({ ...span });
      return merged;
    }, []);
  }

  #finish(slice: Slice): void {
    slice.state = 'done';
    this.#done++;
    this.#slices.splice(this.#slices.indexOf(slice), 1);
  }

  #ready(): Slice | undefined {
    return this.#longest(this.#slices.filter(({ state }) => state === 'ready'));
  }

  #toCut(): Slice | undefined {
    const longest = this.#longest(this.#slices);
    return longest && this.#pagesLeft(longest) >= leastPagesToCut && secondsLeft(longest) >= 2
      ? longest
      : undefined;
  }

  /** Cuts the longest slice at the middle of what is left of it; its older half becomes a slice of its own. */
  #cut(): Slice | undefined {
    const slice = this.#toCut();
    if (!slice) return undefined;
    const middle = lowest(slice) + Math.floor(secondsLeft(slice) / 2);
    const older = newSlice({ from: lowest(slice), to: middle }, slice.above, middle);
    slice.above = middle;
    this.#slices.push(older);
    return older;
  }

  #longest(slices: Slice[]): Slice | undefined {
    const pages = (slice: Slice | undefined) => (slice ? this.#pagesLeft(slice) : -1);
    return slices.reduce<Slice | undefined>(
      (longest, slice) => (pages(slice) > pages(longest) ? slice : longest),
      undefined,
    );
  }

  /** An estimate from the slice's last page, else from all that was read, else a page a second: it may be anything. */
  #pagesLeft(slice: Slice): number {
    const read = this.covered * (this.#window.to - this.#window.from);
    const density = slice.density ?? (read > 0 ? this.#events / read : eventsInPage);
    return (secondsLeft(slice) * density) / eventsInPage;
  }
}

/** The question for a slice's next page; it reaches to the end of the last second, in case CloudTrail counts finer. */
export function pageRequest({ query, nextToken }: Slice, attribute: LookupAttribute): LookupEventsRequest {
  return {
    LookupAttributes: [attribute],
    StartTime: new Date(query.from * 1000),
    EndTime: new Date(query.to * 1000 + 999),
    MaxResults: eventsInPage,
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
}

function newSlice(query: Span, above: number | null, upTo: number | null): Slice {
  return {
    query,
    above,
    upTo,
    cursor: upTo ?? query.to,
    cursorIds: new Set(),
    nextToken: undefined,
    state: 'ready',
    density: null,
    failures: 0,
  };
}

/** The oldest second that belongs to the slice. */
function lowest({ above, query }: Slice): number {
  return above === null ? query.from : above + 1;
}

function secondsLeft(slice: Slice): number {
  return Math.max(0, slice.cursor - lowest(slice));
}

function secondOf(event: Event | undefined): number | null {
  const milliseconds = event?.EventTime?.getTime() ?? NaN;
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** Whether an event is the slice's own and was not read before; moves the slice's cursor. */
function owns(slice: Slice, event: Event): boolean {
  const second = secondOf(event);
  if (second === null) return true;
  if (slice.upTo !== null && second > slice.upTo) return false;
  if (slice.above !== null && second <= slice.above) return false;
  if (second < slice.cursor) {
    slice.cursor = second;
    slice.cursorIds.clear();
  }
  if (event.EventId === undefined || second > slice.cursor) return true;
  const isNew = !slice.cursorIds.has(event.EventId);
  slice.cursorIds.add(event.EventId);
  return isNew;
}
