import { keyMeaning } from '../../domain/condition-key.ts';
import { isExact } from '../../domain/condition.ts';
import { issuerName, parseEksIssuer, providerArn } from '../../domain/issuer.ts';
import { rule, type Fix, type Problem } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { diagnose } from './web-identity/diagnose.ts';
import { defaultAudience, type Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import {
  clusterOf,
  ownRoles,
  providerOf,
  webIdentityNeeds,
  type WebIdentityGiven,
} from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { alsoWrongOf, callEvidence, locationOf, problemsFrom } from './web-identity/problem.ts';
import { webIdentityStatements } from './web-identity/role-issuers.ts';
import { callersOf, clusterName, denialOf, listed, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';

const id = 'eks/irsa-provider-audience';

export default rule({
  id,
  title: {
    en: 'An OIDC provider does not take the audience of the tokens',
    ja: 'OIDC プロバイダーがトークンのオーディエンスを受け入れません',
  },
  severity: 'critical',
  why: {
    en: 'STS answers "Incorrect token audience" before it looks at any role, for every service account of the cluster, and CloudTrail rarely shows it.',
    ja: 'STS は、ロールを確認する前に "Incorrect token audience" を返します。クラスターのすべてのサービスアカウントが影響を受け、CloudTrail にはほとんど記録されません。',
  },
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html',
  ],
  needs: webIdentityNeeds,
  check: (given) => {
    const callers = groupBy(
      diagnose(given).filter(({ causes }) => causes[0] === id),
      ({ issuer }) => issuer,
    );
    const roles = groupBy(usesByRoles(given), ({ issuer }) => issuer);
    const issuers = [...new Set([...callers.keys(), ...roles.keys()])];
    return [
      ...issuers.map((issuer) => problem(given, issuer, roles.get(issuer) ?? [], callers.get(issuer) ?? [])),
      ...withoutIssuer(given),
    ];
  },
});

/** A role whose policy wants an audience of this issuer's tokens. */
interface Use {
  issuer: string;
  audience: string;
  role: string;
}

/** Roles that want the default audience by name, of providers that take neither it nor another that would do. */
function usesByRoles(given: WebIdentityGiven): Use[] {
  return audiencesNamed(given).flatMap(({ issuer, audiences, role }) => {
    const provider = providerOf(given, issuer);
    const isTaken = audiences.some((audience) => provider?.clientIds.includes(audience));
    return provider && !isTaken && audiences.includes(defaultAudience)
      ? [{ issuer, audience: defaultAudience, role }]
      : [];
  });
}

/** The audiences that the roles' policies name, condition by condition. */
function audiencesNamed(given: WebIdentityGiven): { issuer: string; audiences: string[]; role: string }[] {
  return ownRoles(given).flatMap((role) =>
    webIdentityStatements(role).flatMap(({ statement, issuers }) =>
      issuers.flatMap((issuer) =>
        statement.conditions
          .filter((element) => {
            const meaning = keyMeaning(element.key, element.values, issuerName(issuer));
            return isExact(element) && meaning.kind === 'claim' && meaning.claim === 'aud';
          })
          .map(({ values }) => ({ issuer, audiences: values, role: role.name })),
      ),
    ),
  );
}

function problem(given: WebIdentityGiven, issuer: string, uses: Use[], callers: Diagnosis[]): Problem {
  const cluster = clusterOf(given, issuer);
  const provider = providerOf(given, issuer);
  const [first, ...others] = callers;
  const told: Told | null = first ? [first, ...others] : null;
  const wanted = [...new Set([...uses, ...callers].flatMap(({ audience }) => audience ?? []))];
  const roles = [...new Set(uses.map(({ role }) => role))];
  const arn = provider?.arn ?? providerArn(issuer, given.place.partition ?? 'aws', given.place.account);
  const takes = provider?.clientIds.join(', ') ?? '';
  return {
    location: cluster?.region ?? parseEksIssuer(issuer)?.region ?? (first ? locationOf(first) : null),
    cluster: cluster?.name ?? null,
    subject: { kind: 'oidc-provider', name: issuerName(issuer), id: arn },
    cause: sentence(clusterName(cluster, issuer), takes, wanted, roles, told),
    alsoWrong: told ? alsoWrongOf(told) : [],
    evidence: [
      { label: 'Client ids of the provider', value: takes || none },
      { label: 'Audience that is wanted', value: wanted.join(', ') || unrecorded },
      ...(roles.length > 0 ? [{ label: 'Roles that want it', value: roles.join(', ') }] : []),
      ...(told ? callEvidence(told) : []),
    ],
    denial: denialOf(callers),
    fix: fixOf(given, arn, issuer, wanted),
  };
}

const none = { en: 'none', ja: 'なし' };
const unrecorded = { en: 'not recorded', ja: '記録なし' };

function sentence(
  owner: Words,
  takes: string,
  wanted: string[],
  roles: string[],
  told: Told | null,
): Localized {
  const audience = wanted.length > 0 ? listed(wanted) : unnamed;
  const only = takes
    ? { en: `tokens for ${takes} only`, ja: `${takes} 向けのトークンだけを受け入れます` }
    : acceptsNothing;
  const uses = told ? tokensOf(told, audience) : wishesOf(roles, audience);
  return {
    en: en`The OIDC provider of ${owner} takes ${only}, and ${uses}.`,
    ja: ja`${owner} の OIDC プロバイダーは${takes ? ' ' : ''}${only}が、${uses}。`,
  };
}

const unnamed = {
  en: 'another audience, which the record does not name',
  ja: '別のオーディエンス (イベントに記録なし)',
};

const acceptsNothing = {
  en: 'no tokens at all, for it has no client ids',
  ja: 'クライアント ID がないためトークンを一切受け入れません',
};

function tokensOf(told: Told, audience: Words): Localized {
  const callers = callersOf(told);
  return {
    en: en`${callers} ${verb(told, 'has', 'have')} tokens for ${audience}`,
    ja: ja`${callers} のトークンのオーディエンスは ${audience} です`,
  };
}

function wishesOf(roles: string[], audience: Words): Localized {
  const isOne = roles.length === 1;
  return {
    en: en`the ${isOne ? 'role' : 'roles'} ${listed(roles)} ${isOne ? 'wants' : 'want'} ${audience}`,
    ja: ja`ロール ${listed(roles)} は ${audience} を求めています`,
  };
}

/**
 * A command only for the default audience, and for one that a role's policy names: whoever may create a service account
 * can ask for tokens with any other.
 */
function fixOf(given: WebIdentityGiven, arn: string, issuer: string, wanted: string[]): Fix {
  const named = new Set([
    defaultAudience,
    ...audiencesNamed(given).flatMap((use) => (use.issuer === issuer ? use.audiences : [])),
  ]);
  const commands = wanted
    .filter((audience) => named.has(audience))
    .map(
      (audience) =>
        sh`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${audience}`,
    );
  if (commands.length === 0)
    return advice({
      en: 'Take the annotation eks.amazonaws.com/audience off the service account, so that its tokens have the default audience; only if the other audience is meant, add it to the client ids of the provider.',
      ja: 'サービスアカウントからアノテーション eks.amazonaws.com/audience を外し、トークンがデフォルトのオーディエンスになるようにしてください。別のオーディエンスを意図している場合に限り、それをプロバイダーのクライアント ID に追加してください。',
    });
  return {
    summary: {
      en: 'Add the audience to the provider. It grants nothing by itself: each role still decides by its trust policy.',
      ja: 'プロバイダーにオーディエンスを追加してください。それだけでは何も許可されません。引き続き各ロールの信頼ポリシーが判断します。',
    },
    commands,
    verified: false,
  };
}

/** STS said so of callers whose records do not name the issuer. */
function withoutIssuer(given: WebIdentityGiven): Problem[] {
  const diagnoses = diagnose(given).filter(({ causes, issuer }) => causes[0] === id && issuer === null);
  return problemsFrom(given, diagnoses, (told) => ({
    cause: {
      en: en`STS refused ${callersOf(told)} with "Incorrect token audience", and the record does not name the issuer.`,
      ja: ja`STS は ${callersOf(told)} を "Incorrect token audience" で拒否しましたが、イベントに発行者が記録されていません。`,
    },
    fix: advice({
      en: "Compare the audience of the service account's tokens with the client ids of its cluster's OIDC provider, and add the one that is missing.",
      ja: 'サービスアカウントのトークンのオーディエンスを、クラスターの OIDC プロバイダーのクライアント ID と比較し、不足しているものを追加してください。',
    }),
  }));
}
