import { issuerName } from '../../domain/issuer.ts';
import { rule, type Problem } from '../../rule.ts';
import type { Diagnosis } from './web-identity/diagnosis.ts';
import { advice } from './web-identity/fix.ts';
import { webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { callerName, problemsOf, type Telling } from './web-identity/problem.ts';

export default rule({
  id: 'eks/irsa-token-rejected',
  title: 'STS rejects the token itself',
  severity: 'high',
  why: "The call fails before any policy is looked at: the token has expired, or its issuer's keys cannot be had.",
  references: [
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
    'https://repost.aws/knowledge-center/iam-sts-invalididentitytoken',
  ],
  needs: webIdentityNeeds,
  check: (given) => [...problemsOf('eks/irsa-token-rejected', given, rejected), ...unreachableKeys(given)],
});

function rejected(diagnosis: Diagnosis): Telling {
  const { errorCode = '', errorMessage, events = 0 } = diagnosis.denial ?? {};
  const expired = /^ExpiredToken$/i.test(errorCode);
  return {
    cause: `STS rejected the token of ${callerName(diagnosis)} ${events} times: ${errorCode}${errorMessage ? `, "${errorMessage}"` : ''}.`,
    fix: expired
      ? advice(
          'Have the application read its token file again before each call (current SDKs do), and check the clock of the node; restart pods that keep an old token.',
        )
      : advice(
          "STS could not verify the token with the issuer's keys. If it is not a passing fault, check that the issuer's discovery document answers from the internet.",
        ),
  };
}

/** A live cluster whose public discovery document is gone: STS cannot fetch the keys, and leaves no event of it. */
function unreachableKeys({ facts }: WebIdentityGiven): Problem[] {
  return (facts.clusters?.clusters ?? []).flatMap(({ issuer, status, region, name, arn }): Problem[] => {
    if (issuer === null || status !== 'ACTIVE' || facts.issuerDiscovery?.[issuer]?.state !== 'gone')
      return [];
    const url = `https://${issuerName(issuer)}/.well-known/openid-configuration`;
    return [
      {
        location: region,
        cluster: name,
        subject: { kind: 'cluster', name, id: arn },
        severity: 'critical',
        cause: `The discovery document of cluster ${name}'s issuer does not answer, so STS cannot fetch the keys that verify its tokens.`,
        evidence: [{ label: 'Discovery document', value: url }],
        fix: advice(
          `Open ${url} from outside; if it stays away while the cluster is active, ask AWS support. Nothing in IAM repairs it.`,
        ),
      },
    ];
  });
}
