const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is no longer there',
  EACCES: 'permission to read it was denied',
  EPERM: 'permission to read it was denied',
  EISDIR: 'it is a link to a folder, and those are not followed',
  ELOOP: 'it is a link that leads to itself',
};

/** Why the system does not let a file or folder of an archive be read. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? `it cannot be read (${message})`;
}
