/** Rows of CSV as RFC 4180 has it, in parts of any size; what stands in quotes may hold line breaks. */
import { DamagedFile } from './damaged-file.ts';

/** Characters that one value may have: a quote that is never closed must not take all the memory. */
const longestValue = 4 * 1024 * 1024;

/**
 * Athena writes nothing for null, and two quotes for a text without characters.
 * @throws {DamagedFile} where quotes are not as they must be
 */
export async function* csvRows(text: AsyncIterable<string>): AsyncGenerator<(string | null)[]> {
  const reader = new RowReader();
  for await (const part of text) yield* reader.push(part);
  yield* reader.finish();
}

class RowReader {
  #row: (string | null)[] = [];
  #value = '';
  /** Within quotes, behind a quote that may close them or be the first of two, or in neither. */
  #state: 'plain' | 'quoted' | 'quote' = 'plain';
  #wasQuoted = false;

  *push(part: string): Generator<(string | null)[]> {
    let from = 0;
    for (let index = 0; index < part.length; index++) {
      const character = part[index];
      if (this.#state === 'quoted') {
        if (character !== '"') continue;
        this.#keep(part.slice(from, index));
        this.#state = 'quote';
        from = index + 1;
      } else if (character === '"') {
        from = this.#quote(part.slice(from, index), index);
      } else if (character === ',' || character === '\n') {
        this.#keep(part.slice(from, index));
        from = index + 1;
        this.#endValue();
        if (character === '\n') yield this.#endRow();
      } else if (this.#state === 'quote' && character !== '\r') {
        throw new DamagedFile('a value of it goes on behind its quotes');
      }
    }
    this.#keep(part.slice(from));
  }

  *finish(): Generator<(string | null)[]> {
    if (this.#state === 'quoted') throw new DamagedFile('it ends within a value');
    if (this.#row.length === 0 && this.#value === '' && !this.#wasQuoted) return;
    this.#endValue();
    yield this.#endRow();
  }

  /** A quote outside of quotes: the first of a value, or the second of two. Answers where the value goes on. */
  #quote(before: string, index: number): number {
    if (this.#state === 'plain' && (before !== '' || this.#value !== ''))
      throw new DamagedFile('a value of it has a quote in its midst');
    const isSecond = this.#state === 'quote';
    this.#state = 'quoted';
    if (isSecond) this.#keep('"');
    this.#wasQuoted = true;
    return index + 1;
  }

  #keep(text: string): void {
    if (this.#state === 'quote') return;
    this.#value += text;
    if (this.#value.length > longestValue)
      throw new DamagedFile(`a value of it is longer than ${longestValue} characters`);
  }

  #endValue(): void {
    const value = this.#wasQuoted ? this.#value : this.#value.replace(/\r$/, '');
    this.#row.push(value === '' && !this.#wasQuoted ? null : value);
    this.#value = '';
    this.#state = 'plain';
    this.#wasQuoted = false;
  }

  #endRow(): (string | null)[] {
    const row = this.#row;
    this.#row = [];
    return row;
  }
}
