/** The entry of a record under a name that a stranger may have chosen: `constructor` is none unless somebody wrote it. */
export function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}
