/** Scans a text as the command line does, in pieces. */
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { ErrorScanner, type Scan } from '../../shared/explain/scan-errors.ts';

export function scanText(text: string, pieceLength = text.length || 1): Scan {
  const scanner = new ErrorScanner(knownErrors);
  for (let at = 0; at < text.length; at += pieceLength) scanner.push(text.slice(at, at + pieceLength));
  return scanner.finish();
}

/** Ids of the kinds that are found, in the order of their first lines. */
export function kindsIn(text: string): string[] {
  return scanText(text).errors.map(({ kind }) => kind.id);
}
