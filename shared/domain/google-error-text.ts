/** What Google's own error texts say about identities: permissions, accounts and node pools. */

/** A permission that a call needed, and on what. */
export interface Demand {
  permission: string;
  /** `projects/…` as the text gives it; null where it gives none. */
  resource: string | null;
}

export type ErrorText =
  /** `actingAs` is the email that the text names as the one who lacked them. */
  | { kind: 'permissions'; demands: Demand[]; actingAs: string | null }
  /** A service account does not exist, or is disabled; null where the text does not name it. */
  | { kind: 'account-missing'; email: string | null }
  /** Whoever called may not use the service account. */
  | { kind: 'act-as'; email: string | null }
  /** Node pools that must be made anew before the operation can go on. */
  | { kind: 'recreation'; nodePools: string[] }
  | { kind: 'other' };

/** Longer than any real text; what follows is not looked at. */
const longestText = 20_000;
const name = String.raw`([a-z][a-z0-9]*(?:\.[a-zA-Z0-9]+){2,4})`;
const quoted = String.raw`['"‘’“”\`]`;
/** `Required 'x' permission for 'y'`, `Required permission 'x' for 'y'`, `required "x" permission(s) for "y"`. */
const required = new RegExp(
  String.raw`required\s+(?:permission\s+)?${quoted}${name}${quoted}(?:\s+permissions?(?:\(s\))?)?(?:\s+for\s+${quoted}([^'"‘’“”\`\s]+)${quoted})?`,
  'gi',
);
/** `Permission 'x' denied on resource 'y'`, `Permission x denied (or the resource may not exist)`. */
const denied = new RegExp(
  String.raw`permission\s+${quoted}?${name}${quoted}?\s+denied(?:\s+on\s+(?:resource\s+)?${quoted}([^'"‘’“”\`\s]+)${quoted})?`,
  'gi',
);
const email = String.raw`([A-Za-z0-9._-]+@[A-Za-z0-9.-]+[A-Za-z0-9])`;
const actingAsText = new RegExp(String.raw`when acting as\s+${quoted}?${email}`, 'i');
const accountTexts = [
  new RegExp(String.raw`gaia id not found for email\s+${quoted}?${email}`, 'i'),
  new RegExp(
    String.raw`service account\s+${quoted}?${email}${quoted}?\s+(?:does not exist|was not found|not found|is disabled|has been (?:disabled|deleted)|was deleted)`,
    'i',
  ),
];
const namelessAccountText = /scale\.up\.error\.service\.account\.deleted|service account \S+ does not exist/i;
const actAsText = new RegExp(String.raw`does not have access to service account\s+${quoted}?${email}`, 'i');
const recreationText = /node pool "([^"]{1,100})" requires recreation/gi;

/** Says what a message of an operation, a condition or a log entry is about. */
export function parseErrorText(message: string): ErrorText {
  const text = message.slice(0, longestText);
  const nodePools = [...text.matchAll(recreationText)].flatMap(([, pool]) => (pool ? [pool] : []));
  if (nodePools.length > 0) return { kind: 'recreation', nodePools: [...new Set(nodePools)] };
  for (const pattern of accountTexts) {
    const found = pattern.exec(text)?.[1];
    if (found) return { kind: 'account-missing', email: found.toLowerCase() };
  }
  if (namelessAccountText.test(text)) return { kind: 'account-missing', email: null };
  return parseDemands(text);
}

function parseDemands(text: string): ErrorText {
  const actAs = actAsText.exec(text)?.[1];
  if (actAs) return { kind: 'act-as', email: actAs.toLowerCase() };
  const demands = [...text.matchAll(required), ...text.matchAll(denied)].map(
    ([, permission = '', resource]): Demand => ({ permission, resource: resource ?? null }),
  );
  const [first] = demands;
  if (!first) return { kind: 'other' };
  if (demands.every(({ permission }) => permission === 'iam.serviceAccounts.actAs'))
    return { kind: 'act-as', email: first.resource ? accountIn(first.resource) : null };
  return {
    kind: 'permissions',
    demands: unique(demands),
    actingAs: actingAsText.exec(text)?.[1]?.toLowerCase() ?? null,
  };
}

function accountIn(resource: string): string | null {
  return /serviceAccounts\/([^/]+@[^/]+)$/.exec(resource)?.[1]?.toLowerCase() ?? null;
}

function unique(demands: Demand[]): Demand[] {
  const seen = new Map(demands.map((demand) => [`${demand.permission} ${demand.resource ?? ''}`, demand]));
  return [...seen.values()];
}

/** Project id or number in a resource name (`projects/p/zones/z`, `//compute.googleapis.com/projects/p`); null without one. */
export function projectOfResource(resource: string): string | null {
  return /(?:^|\/)projects\/([^/]+)/.exec(resource)?.[1] ?? null;
}
