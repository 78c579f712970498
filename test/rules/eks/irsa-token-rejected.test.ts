import rule from '../../../shared/rules/eks/irsa-token-rejected.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  blueIssuer,
  caller,
  cluster,
  denial,
  issuerOf,
  observe,
  prod,
  prodIssuer,
  provider,
  roleArn,
  sa,
} from './world.ts';
import { quoted } from '../../../shared/words.ts';

const app = roleArn('app');
const noKey = {
  errorCode: 'InvalidIdentityToken',
  errorMessage:
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
};
const expired = {
  errorCode: 'ExpiredToken',
  errorMessage:
    'Token expired: current date/time 1704727025 must be before the expiration date/time 1704574064',
};
const staging = cluster('staging');
const two = { clusters: [prod, staging], providers: [provider(prodIssuer), provider(issuerOf('staging'))] };
const gone = { state: 'gone' as const };

testEksRule(rule, {
  passes: {
    'a single InvalidIdentityToken': observe({ denials: [denial({ ...noKey, events: 1 })] }),
    'a single failure to reach the issuer': observe({
      denials: [denial({ errorCode: 'IDPCommunicationError', errorMessage: null, events: 1 })],
    }),
    'an expired token, and a fresh one after it': observe({
      denials: [denial(expired)],
      callers: [caller()],
    }),
    'a document of a cluster that is being deleted': observe({
      clusters: [cluster('prod', { status: 'DELETING' })],
      discovery: { [prodIssuer]: gone },
    }),
    'a document that could not be asked for': observe({
      discovery: { [prodIssuer]: { state: 'unknown', why: quoted('getaddrinfo ENOTFOUND') } },
    }),
    'the document of a cluster that is gone': observe({ discovery: { [blueIssuer]: gone } }),
    'a cluster that has no issuer yet': observe({
      clusters: [prod, cluster('new', { issuer: null, status: 'CREATING' })],
    }),
  },
  fails: {
    'a token that has expired': {
      given: observe({ denials: [denial(expired)] }),
      finds: {
        [app]: {
          cause: /^STS rejected the token of shop\/cart of .* 12 times: ExpiredToken, "Token expired: .*"\.$/,
          restsOn: ['denials'],
        },
      },
    },
    'one token that has expired': {
      given: observe({ denials: [denial({ ...expired, events: 1 })] }),
      finds: { [app]: { cause: /once: ExpiredToken/, restsOn: ['denials'] } },
    },
    'keys that STS cannot have, of whom it does not say whose': {
      given: observe({ denials: [denial({ ...noKey, subject: null, provider: null, audience: null })] }),
      finds: {
        [app]: {
          cause: /^STS rejected the token of a caller that is not recorded 12 times/,
          restsOn: ['denials'],
        },
      },
    },
    'a rejected claim': {
      given: observe({
        denials: [denial({ errorCode: 'IDPRejectedClaim', errorMessage: null, provider: null })],
      }),
      finds: { [app]: { cause: /12 times: IDPRejectedClaim\.$/, restsOn: ['denials'] } },
    },
    'a cluster whose document is gone, while another one answers': {
      given: observe({ ...two, discovery: { [prodIssuer]: gone } }),
      finds: {
        [prod.arn]: {
          cause: /^The discovery document of cluster prod's issuer does not answer/,
          restsOn: ['clusters', 'issuerDiscovery'],
        },
      },
    },
    'the only cluster, whose document is gone': {
      given: observe({ discovery: { [prodIssuer]: gone } }),
      finds: { [prod.arn]: { cause: /cluster prod's issuer/, restsOn: ['clusters', 'issuerDiscovery'] } },
    },
  },
  unknowns: {
    'no document of any issuer answers: a proxy may stand in the way': {
      given: observe({ ...two, discovery: { [prodIssuer]: gone, [issuerOf('staging')]: gone } }),
      why: /the fault may lie with this network/,
    },
  },
});

describe('keys that STS cannot have', () => {
  it('are one finding of the cluster, whoever met it', () => {
    const denials = ['shop/cart', 'shop/web', 'mail/sender'].map((name) =>
      denial({ ...noKey, subject: sa(name) }),
    );
    const found = findingsOf(observe({ ...two, denials, discovery: { [prodIssuer]: gone } }));
    expect(found.map(({ rule, problem }) => [rule, problem.subject.id, problem.denial?.events])).toEqual([
      ['eks/irsa-token-rejected', prod.arn, 36],
    ]);
  });
});
