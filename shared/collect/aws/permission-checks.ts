import { SimulatePrincipalPolicyCommand, type EvaluationResult } from '@aws-sdk/client-iam';
import { DecodeAuthorizationMessageCommand } from '@aws-sdk/client-sts';
import { parseAccessDenied } from '../../domain/access-denied-text.ts';
import { parseRoleArn } from '../../domain/arn.ts';
import { parseDecodedMessage } from '../../domain/decoded-message.ts';
import { narrowestPolicy, type GrantPolicy, type RefusedCall } from '../../domain/narrowest-statement.ts';
import { permissionCheckKey, type PermissionCheck, type ServiceDenial } from '../../domain/service-denial.ts';
import type { AwsFacts, Gap } from '../../observation.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { gapOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

/** Refused calls that are checked, those with the most events first; IAM takes a while for each. */
const mostChecks = 40;
const checkedAtATime = 4;

/**
 * What IAM's simulator says of each refused call, with the role's policies as they are and with the narrowest grant besides,
 * and whether that grant is valid. The simulator knows identity policies, boundaries and SCPs, and no others.
 */
export const permissionChecksReader: Reader<AwsSource, AwsFacts['permissionChecks']> = {
  permissions: [
    'access-analyzer:ValidatePolicy',
    'iam:SimulatePrincipalPolicy',
    'sts:DecodeAuthorizationMessage',
  ],
  async read(source) {
    const denials = await source.reading('serviceDenials');
    if (denials.state === 'unread') return { state: 'unread', gaps: [unknownCalls] };
    const own = denials.value.denials.filter(
      ({ roleArn }) => parseRoleArn(roleArn)?.account === source.account,
    );
    const chosen = [...own].sort((a, b) => b.events - a.events).slice(0, mostChecks);
    const gaps: Gap[] = own.length > mostChecks ? [tooMany(own.length)] : [];
    const checks = await readEach(chosen, checkedAtATime, async (denial) => {
      const check = await checkDenial(source, denial, (gap) => gaps.push(gap));
      return [permissionCheckKey(denial), check] as const;
    });
    return readingOf(Object.fromEntries(checks), distinct(gaps));
  },
};

const unknownCalls: Gap = {
  location: null,
  why: {
    en: 'Cannot ask IAM about refused calls: they could not be read',
    ja: '拒否された呼び出しを IAM に問い合わせられません: 呼び出しを読み取れませんでした',
  },
};

function tooMany(calls: number): Gap {
  const why = {
    en: `Only the ${mostChecks} most frequent of ${calls} refused calls were simulated; repair these first`,
    ja: `拒否された呼び出し ${calls} 種類のうち、多いものから ${mostChecks} 種類だけをシミュレートしました。まずこれらを修正してください`,
  };
  return { location: null, why };
}

type Report = (gap: Gap) => void;

async function checkDenial(
  source: AwsSource,
  denial: ServiceDenial,
  report: Report,
): Promise<PermissionCheck> {
  const decoded = await decode(source, denial, report);
  const call = { action: decoded?.action ?? denial.action, resource: decoded?.resource ?? denial.resource };
  const grant = narrowestPolicy([call]);
  const now = await simulate(source, denial, { call, grant: null }, report);
  const withGrant =
    grant && now.decision === 'implicitDeny' ? await simulate(source, denial, { call, grant }, report) : null;
  return {
    ...now,
    invalid: grant && (await validate(source, grant, denial.regions[0] ?? 'us-east-1', report)),
    allowedWithGrant: withGrant && withGrant.decision === 'allowed',
    decoded,
  };
}

/** Null where the message is not encoded, or may not be decoded; a message that has expired tells nothing. */
async function decode(
  { clients, signal }: AwsSource,
  { errorMessage }: ServiceDenial,
  report: Report,
): Promise<NonNullable<PermissionCheck['decoded']> | null> {
  const encoded = errorMessage === null ? null : (parseAccessDenied(errorMessage)?.encoded ?? null);
  if (encoded === null) return null;
  try {
    const command = new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded });
    const { DecodedMessage } = await clients.sts.send(command, { abortSignal: signal });
    return parseDecodedMessage(DecodedMessage ?? '');
  } catch (error) {
    if ((error as { name?: string }).name !== 'InvalidAuthorizationMessageException')
      report(gapOf(error, { ...attempts.decode, location: null }));
    return null;
  }
}

const attempts = {
  decode: {
    action: { en: 'decode the messages of refused calls', ja: '拒否された呼び出しのメッセージをデコード' },
    permission: 'sts:DecodeAuthorizationMessage',
  },
  simulate: {
    action: { en: 'simulate refused calls', ja: '拒否された呼び出しをシミュレート' },
    permission: 'iam:SimulatePrincipalPolicy',
  },
  validate: {
    action: { en: 'validate the narrowest grants', ja: '最小限の許可を検証' },
    permission: 'access-analyzer:ValidatePolicy',
  },
};

type Simulated = Pick<
  PermissionCheck,
  'decision' | 'allowedByOrganizations' | 'allowedByBoundary' | 'matchedPolicies'
>;

async function simulate(
  { clients, signal }: AwsSource,
  { roleArn }: ServiceDenial,
  { call, grant }: { call: RefusedCall; grant: GrantPolicy | null },
  report: Report,
): Promise<Simulated> {
  try {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn: roleArn,
      ActionNames: [call.action],
      ...(call.resource !== null && call.resource !== '*' && { ResourceArns: [call.resource] }),
      ...(grant && { PolicyInputList: [JSON.stringify(grant)] }),
    });
    const { EvaluationResults } = await clients.iam.send(command, { abortSignal: signal });
    return simulatedOf(EvaluationResults?.[0]);
  } catch (error) {
    const gap = gapOf(error, { ...attempts.simulate, location: null });
    // A role that is gone since, or an action that the simulator does not know, is no gap of the reading.
    if (!/^(NoSuchEntity|InvalidInput|ValidationError)/.test((error as { name?: string }).name ?? ''))
      report(gap);
    return { ...nothing, decision: { unknown: gap.why } };
  }
}

const nothing: Omit<Simulated, 'decision'> = {
  allowedByOrganizations: null,
  allowedByBoundary: null,
  matchedPolicies: [],
};

const noResult = { en: 'IAM gave no result', ja: 'IAM から結果が返りませんでした' };

function simulatedOf(result: EvaluationResult | undefined): Simulated {
  const { EvalDecision: decision } = result ?? {};
  if (!result || !decision) return { ...nothing, decision: { unknown: noResult } };
  return {
    decision,
    allowedByOrganizations: result.OrganizationsDecisionDetail?.AllowedByOrganizations ?? null,
    allowedByBoundary: result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary ?? null,
    matchedPolicies: (result.MatchedStatements ?? []).flatMap(({ SourcePolicyId }) => SourcePolicyId ?? []),
  };
}

/** Findings of type ERROR; null where they could not be read. The client is loaded with the first grant. */
async function validate(
  { clients, signal }: AwsSource,
  grant: GrantPolicy,
  region: string,
  report: Report,
): Promise<string[] | null> {
  try {
    const { validatePolicy } = await import('./validate-policy.ts');
    return await validatePolicy(await clients.accessAnalyzer(region), grant, signal);
  } catch (error) {
    report(gapOf(error, { ...attempts.validate, location: region }));
    return null;
  }
}

/** One missing permission is one gap, however many calls it leaves unchecked. */
function distinct(gaps: Gap[]): Gap[] {
  return [...new Map(gaps.map((gap) => [gap.missingPermission ?? gap.why.en, gap])).values()];
}
