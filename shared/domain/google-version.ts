/** GKE versions, such as `1.33.5-gke.1080000`. */

/** Major and minor of a version; null where the text is none. */
export function minorVersion(version: string | null): { major: number; minor: number } | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:[.-]|$)/.exec(version ?? '');
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

/** Orders two versions by major and minor: negative, zero or positive; null where one is not known. */
export function compareMinor(version: string | null, other: string): number | null {
  const [a, b] = [minorVersion(version), minorVersion(other)];
  return a && b ? a.major - b.major || a.minor - b.minor : null;
}
