/** What is sought in the records of a log file, and what is found. */
import type { Varying } from './known-records.ts';

export type JsonObject = Record<string, unknown>;

/** What is sought: the strings, one of which a record must hold, and what is made of such a record; null of an unwanted one. */
export interface Search<Found> {
  tokens: readonly string[];
  read: (record: JsonObject) => Found | null;
  /** Whether the text of its error told more than itself: then only a record with the same text is like that record. */
  readsText: (found: Found) => boolean;
}

/** What was found in a record; the values tell it from the record of which it was made, null where that is this one. */
export interface Hit<Found> {
  found: Found;
  values: Varying | null;
}
