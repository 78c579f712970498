import rule from '../../../shared/rules/eks/sts-region-disabled.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import { caller, cluster, denial, observe, prod, sa } from './world.ts';

const issue = (code: string) => ({ code, message: 'STS is not activated.', resourceIds: [] });
const ailing = cluster('prod', { healthIssues: [issue('StsRegionalEndpointDisabled')] });
const refused = {
  errorCode: 'RegionDisabled',
  errorMessage:
    'STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console.',
};

testEksRule(rule, {
  passes: {
    'a cluster with other issues': observe({
      clusters: [cluster('prod', { healthIssues: [issue('VpcNotFound')] })],
    }),
    'a region that was activated since': observe({ denials: [denial(refused)], callers: [caller()] }),
    'a call that was refused for another reason': observe({ denials: [denial()], callers: [caller()] }),
  },
  fails: {
    'what EKS reports': {
      given: observe({ clusters: [ailing] }),
      finds: {
        [ailing.arn]: {
          cause:
            /^EKS reports that the STS endpoint of eu-west-1 is disabled for the account of cluster prod\.$/,
          restsOn: ['clusters'],
        },
      },
    },
    'what EKS reports by the name in its documentation': {
      given: observe({
        clusters: [cluster('prod', { healthIssues: [issue('STS_REGIONAL_ENDPOINT_DISABLED')] })],
      }),
      finds: { [prod.arn]: { cause: /STS endpoint of eu-west-1/, restsOn: ['clusters'] } },
    },
    'what callers were told': {
      given: observe({ denials: [denial(refused), denial({ ...refused, subject: sa('shop/web') })] }),
      finds: {
        'eu-west-1': {
          cause:
            /^STS refused shop\/cart, shop\/web of .* because it is not activated in eu-west-1 for the roles' account\.$/,
          restsOn: ['denials'],
        },
      },
    },
  },
});

describe('STS disabled in a region', () => {
  it('is one finding for what EKS reports and what callers of the cluster were told', () => {
    const found = findingsOf(observe({ clusters: [ailing], denials: [denial(refused)] }));
    expect(found.map(({ rule, problem }) => [rule, problem.subject.id, problem.denial?.events])).toEqual([
      ['eks/sts-region-disabled', ailing.arn, 12],
    ]);
    expect(found[0]?.problem.cause).toMatch(/, and STS refused shop\/cart of cluster prod for it\.$/);
  });
});
