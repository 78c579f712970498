/** Faults of the conditions on `sub` and `aud`: their values, their keys, and the token that meets them. */
import {
  capitalised,
  exactSubject,
  mapValues,
  mutationsOf,
  pickOther,
  slashToggled,
  typo,
  type Change,
  type Site,
} from './mutation.ts';
import type { Random } from './random.ts';
import {
  namespaces,
  otherIssuer,
  otherRegion,
  otherSubject,
  providerOf,
  serviceAccounts,
  shuffled,
  subjectOf,
  type Caller,
} from './trust-draft.ts';

/** What is written in the place of the caller's subject. */
type Slip = (caller: Caller, random: Random) => string;

const misspeltPrefixes = ['system:serviceacount', 'systems:serviceaccount', 'system:serviceaccounts'];

const slips: Record<string, Slip> = {
  sub_namespace_wrong: ({ namespace, serviceAccount }, random) =>
    subjectOf(pickOther(namespaces, namespace, random), serviceAccount),
  sub_namespace_typo: ({ namespace, serviceAccount }, random) =>
    subjectOf(typo(namespace, random), serviceAccount),
  sub_name_wrong: ({ namespace, serviceAccount }, random) =>
    subjectOf(namespace, pickOther(serviceAccounts, serviceAccount, random)),
  sub_name_typo: ({ namespace, serviceAccount }, random) =>
    subjectOf(namespace, typo(serviceAccount, random)),
  sub_swapped: ({ namespace, serviceAccount }) => subjectOf(serviceAccount, namespace),
  sub_case: (caller, random) =>
    random.pick([
      subjectOf(capitalised(caller.namespace), caller.serviceAccount),
      subjectOf(caller.namespace, capitalised(caller.serviceAccount)),
      capitalised(exactSubject(caller)),
    ]),
  sub_prefix_missing: ({ namespace, serviceAccount }) => `${namespace}:${serviceAccount}`,
  sub_prefix_typo: (caller, random) =>
    exactSubject(caller).replace('system:serviceaccount', random.pick(misspeltPrefixes)),
  sub_separator: ({ namespace, serviceAccount }, random) =>
    random.pick([
      `system:serviceaccount:${namespace}/${serviceAccount}`,
      `system:serviceaccount::${namespace}:${serviceAccount}`,
      `system/serviceaccount/${namespace}/${serviceAccount}`,
    ]),
  sub_whitespace: (caller, random) => random.pick([`${exactSubject(caller)} `, ` ${exactSubject(caller)}`]),
  sub_placeholder: (_, random) =>
    random.pick([
      subjectOf('$namespace', '$service_account'),
      subjectOf('${NAMESPACE}', '${SERVICE_ACCOUNT}'),
      subjectOf('<namespace>', '<service-account>'),
    ]),
  sub_extra_segment: (caller, random) =>
    random.pick([
      subjectOf('prod', `${caller.namespace}:${caller.serviceAccount}`),
      `${exactSubject(caller)}:token`,
    ]),
  sub_joined_list: (caller, random) =>
    `${exactSubject(caller)}${random.pick(['|', ',', ', '])}${otherSubject(caller, random)}`,
};

/** Patterns that do not cover the caller. */
const missedPatterns: Record<string, Slip> = {
  sub_like_near_miss: ({ namespace, serviceAccount }, random) =>
    random.pick([
      subjectOf(namespace.slice(0, -1), '*'),
      subjectOf('*', serviceAccount.slice(0, -1)),
      `${subjectOf(namespace, serviceAccount)}-*`,
    ]),
  sub_regex_in_like: ({ namespace, serviceAccount }, random) =>
    random.pick([
      subjectOf(`(${namespace}|other)`, serviceAccount),
      `^${subjectOf(namespace, serviceAccount)}$`,
      `${subjectOf(namespace, '')}.*`,
    ]),
};

const patternsUnderEquals: Record<string, Slip> = {
  sub_wildcard_in_equals: ({ namespace, serviceAccount }, random) =>
    random.pick([
      subjectOf(namespace, '*'),
      subjectOf('*', serviceAccount),
      `${subjectOf(namespace, serviceAccount)}*`,
    ]),
};

/** Writes the slip where the caller's subject belongs; further subjects of a list stay as many. */
function allowing(slip: Slip, operator?: string): Change {
  return ({ grant: { sub }, caller, random }) => {
    if (!sub) return false;
    const written = slip(caller, random);
    sub.value = Array.isArray(sub.value)
      ? shuffled([written, otherSubject(caller, random), otherSubject(caller, random)], random)
      : written;
    if (operator) sub.operator = sub.operator.replace(/String(EqualsIgnoreCase|Equals|Like)/, operator);
    return true;
  };
}

const subjects: Record<string, Change> = {
  ...mapValues(slips, (slip) => allowing(slip)),
  ...mapValues(missedPatterns, (slip) => allowing(slip, 'StringLike')),
  sub_negated: ({ grant, caller }) => {
    if (!grant.sub) return false;
    grant.sub = { ...grant.sub, operator: 'StringNotEquals', value: exactSubject(caller) };
    return true;
  },
  token_default_sa: ({ draft, caller }) => {
    draft.request.claims['sub'] = subjectOf(caller.namespace, 'default');
  },
  token_other_namespace: ({ draft, caller, random }) => {
    const other = pickOther(namespaces, caller.namespace, random);
    draft.request.claims['sub'] = subjectOf(other, caller.serviceAccount);
  },
};

const wrongAudiences: Record<string, (audience: string, random: Random) => string | string[]> = {
  aud_wrong: (_, random) => random.pick(['sts', 'https://kubernetes.default.svc', 'aws', 'vault']),
  aud_typo: (audience, random) => typo(audience, random),
  aud_case: (audience, random) => random.pick([capitalised(audience), audience.toUpperCase()]),
  aud_list_without: (_, random) =>
    random.pick([
      ['vault', 'https://kubernetes.default.svc'],
      ['sts', 'vault'],
    ]),
};

function demanding(write: (audience: string, random: Random) => string | string[]): Change {
  return ({ grant, caller, random }) => {
    if (!grant.aud) return false;
    grant.aud.value = write(caller.audience, random);
    return true;
  };
}

const audiences: Record<string, Change> = {
  ...mapValues(wrongAudiences, demanding),
  token_aud_kubernetes: ({ draft, grant, random }) => {
    draft.request.claims['aud'] = [random.pick(['https://kubernetes.default.svc', 'vault'])];
    return grant.aud !== null;
  },
};

/** Writes the wrong key for a claim; null where this issuer gives no occasion for it. */
type KeySlip = (site: Site) => ((claim: 'sub' | 'aud') => string) | null;

const wrongClaims = {
  sub: ['user', 'subject', 'subs', 'serviceaccount'],
  aud: ['auds', 'audience', 'client_id'],
};

const keys: Record<string, KeySlip> = {
  key_other_issuer: ({ caller, random }) => {
    const name = otherIssuer(caller, random);
    return (claim) => `${name}:${claim}`;
  },
  key_region_wrong: ({ caller: { region, name }, random }) => {
    if (region === null) return null;
    const wrong = name.replace(region, otherRegion(region, random));
    return (claim) => `${wrong}:${claim}`;
  },
  key_https_prefix:
    ({ caller }) =>
    (claim) =>
      `${caller.issuer}:${claim}`,
  key_trailing_slash:
    ({ caller }) =>
    (claim) =>
      `${slashToggled(caller.name)}:${claim}`,
  key_id_typo: ({ caller: { name }, random }) => {
    const wrong = typo(name, random, name.lastIndexOf('/') + 1);
    return (claim) => `${wrong}:${claim}`;
  },
  key_longer_issuer: ({ caller: { name } }) => {
    return (claim) => `${name}${name.endsWith('/') ? '' : '/'}blue:${claim}`;
  },
  key_wrong_claim:
    ({ caller, random }) =>
    (claim) =>
      `${caller.name}:${random.pick(wrongClaims[claim])}`,
  key_no_issuer:
    ({ random }) =>
    (claim) =>
      `${random.pick(['aws', 'sts', 'oidc'])}:${claim}`,
  key_provider_arn:
    ({ caller }) =>
    (claim) =>
      `${providerOf(caller)}:${claim}`,
  key_placeholder:
    ({ random }) =>
    (claim) =>
      `${random.pick(['${OIDC_PROVIDER}', '<OIDC_PROVIDER>', '$oidc_provider'])}:${claim}`,
  key_path_missing: ({ caller: { name } }) =>
    name.includes('/') ? (claim) => `${name.replace(/\/.*$/, '')}:${claim}` : null,
  key_claim_separator:
    ({ caller, random }) =>
    (claim) =>
      `${caller.name}${random.pick(['.', '/', '::'])}${claim}`,
};

/** Renames the key of `sub`, of `aud`, or of both. */
function renaming(slip: KeySlip): Change {
  return (site) => {
    const write = slip(site);
    const { sub, aud } = site.grant;
    const which = site.random.pick(['sub', 'aud', 'both']);
    const [first, second] = [which !== 'aud' ? sub : null, which !== 'sub' ? aud : null];
    if (write === null || (!first && !second)) return false;
    if (first) first.key = write('sub');
    if (second) second.key = write('aud');
    return true;
  };
}

export const claimMutations = [
  ...mutationsOf('sub', 'eks/irsa-trust-subject', subjects),
  ...mutationsOf(
    'sub',
    'eks/irsa-trust-wildcard',
    mapValues(patternsUnderEquals, (slip) => allowing(slip, 'StringEquals')),
  ),
  ...mutationsOf('aud', 'eks/irsa-trust-audience', audiences),
  ...mutationsOf('key', 'eks/irsa-trust-condition-key', mapValues(keys, renaming)),
];
