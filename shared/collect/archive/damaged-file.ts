/** A file of which nothing is counted; the message says what is wrong with it. */
export class DamagedFile extends Error {
  override name = 'DamagedFile';
}
