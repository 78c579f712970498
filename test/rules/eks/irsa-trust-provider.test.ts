import rule from '../../../shared/rules/eks/irsa-trust-provider.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allowSubject,
  cluster,
  denial,
  githubIssuer,
  issuerOf,
  observe,
  observeApp,
  otherAccount,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  role,
  roleArn,
  sa,
  trusts,
  trustsService,
} from './world.ts';

const app = roleArn('app');
const green = issuerOf('green');
/** The right conditions under another principal. */
const naming = (Principal: object) =>
  policy(allowSubject(prodIssuer, sa('shop/cart'), undefined, { Principal }));
const federated = (arn: string) => naming({ Federated: arn });
/** Found by the denial, and as well without any. */
const found = (trust: object, cause: RegExp, changes = {}) => ({
  given: observeApp(trust, { denials: [denial()], ...changes }),
  finds: { [app]: { cause, restsOn: ['roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'a role of account B for a cluster of account A, with the provider in B': observe({
      clusters: [],
      otherAccountsIssuers: [issuerOf('a-prod')],
      providers: [provider(issuerOf('a-prod'))],
      roles: [role('lake', trusts(issuerOf('a-prod'), sa('shop/cart')))],
    }),
    'roles of GitHub, EC2, Pod Identity and another account, which no pod asks for': observe({
      roles: [
        role('deploy', trusts(githubIssuer, 'repo:shop/web:ref:refs/heads/main')),
        role('node', trustsService('ec2.amazonaws.com')),
        role('orders', trustsService('pods.eks.amazonaws.com')),
        role(
          'audit',
          policy({ Effect: 'Allow', Principal: { AWS: otherAccount }, Action: 'sts:AssumeRole' }),
        ),
        role('AWSServiceRoleForAmazonEKS', trustsService('eks.amazonaws.com'), {
          path: '/aws-service-role/eks.amazonaws.com/',
        }),
      ],
    }),
    'blue and green side by side, each with its own provider in one list': observeApp(
      policy(
        allowSubject(prodIssuer, sa('shop/cart')),
        allowSubject(green, sa('shop/cart'), undefined, { Principal: { Federated: [providerArn(green)] } }),
      ),
      { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] },
    ),
    'a wrong principal in one statement and the right one in the next': observeApp(
      policy(
        allowSubject(prodIssuer, sa('shop/cart'), undefined, {
          Principal: { Federated: `${prodProvider}/` },
        }),
        allowSubject(prodIssuer, sa('shop/cart')),
      ),
    ),
    'a cluster of China in an account of China': observe({
      place: { partition: 'aws-cn' },
      clusters: [cluster('beijing', { region: 'cn-north-1' })],
      regionsRead: ['cn-north-1'],
      providers: [
        provider(issuerOf('beijing', 'cn-north-1'), {
          arn: providerArn(issuerOf('beijing', 'cn-north-1'), '111122223333', 'aws-cn'),
        }),
      ],
      roles: [
        role(
          'app',
          policy(
            allowSubject(issuerOf('beijing', 'cn-north-1'), sa('shop/cart'), undefined, {
              Principal: {
                Federated: providerArn(issuerOf('beijing', 'cn-north-1'), '111122223333', 'aws-cn'),
              },
            }),
          ),
          { arn: 'arn:aws-cn:iam::111122223333:role/app' },
        ),
      ],
    }),
    'a cluster that is being made, whose roles are not finished': observeApp(federated(`${prodProvider}/`), {
      clusters: [cluster('prod', { status: 'CREATING' })],
    }),
    'an issuer of Google Kubernetes Engine, with its own provider': observeApp(
      trusts(
        'https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c',
        sa('shop/cart'),
      ),
    ),
  },
  fails: {
    'host parts in the wrong order, as the README of the webhook had them': found(
      federated(prodProvider.replace('oidc.eks.eu-west-1', 'oidc.eu-west-1.eks')),
      /the policy names .*oidc\.eu-west-1\.eks\.amazonaws\.com/,
    ),
    'https:// within the ARN': found(
      federated(prodProvider.replace('oidc-provider/', 'oidc-provider/https://')),
      /the policy names .*oidc-provider\/https:\/\//,
    ),
    'a slash at the end': found(federated(`${prodProvider}/`), /\/id\/[0-9A-F]{32}\/\.$/),
    'another account': found(
      federated(providerArn(prodIssuer, otherAccount)),
      new RegExp(`names .*${otherAccount}`),
    ),
    'another partition': found(
      federated(providerArn(prodIssuer, '111122223333', 'aws-cn')),
      /names arn:aws-cn/,
    ),
    'another region of the same id': found(
      federated(prodProvider.replace('eu-west-1', 'us-east-1')),
      /the policy names .*us-east-1/,
    ),
    'a placeholder': found(federated('arn:aws:iam::ACCOUNT_ID:oidc-provider/OIDC_PROVIDER'), /ACCOUNT_ID/),
    'a service, where the conditions are right': found(
      naming({ Service: 'eks.amazonaws.com' }),
      /the policy names Service: eks\.amazonaws\.com\.$/,
    ),
    'the account itself': found(
      naming({ AWS: 'arn:aws:iam::111122223333:root' }),
      /names AWS: arn:aws:iam::/,
    ),
    'the conditions of this cluster, the provider of another': found(
      federated(providerArn(green)),
      /names no principal that/,
      { clusters: [prod, cluster('green')], providers: [provider(prodIssuer), provider(green)] },
    ),
    'a role that only a service may assume': {
      given: observeApp(trustsService('ec2.amazonaws.com'), { denials: [denial()] }),
      finds: {
        [app]: { cause: /the policy names Service: ec2\.amazonaws\.com\.$/, restsOn: ['roles', 'denials'] },
      },
    },
    'a service-linked role, which nobody can edit': {
      given: observe({
        roles: [
          role('AWSServiceRoleForX', trustsService('x.amazonaws.com'), {
            path: '/aws-service-role/x.amazonaws.com/',
          }),
        ],
        denials: [denial({ roleArn: roleArn('AWSServiceRoleForX', '/aws-service-role/x.amazonaws.com/') })],
      }),
      finds: {
        [roleArn('AWSServiceRoleForX', '/aws-service-role/x.amazonaws.com/')]: {
          cause: /names Service: x\.amazonaws\.com/,
          restsOn: ['roles', 'denials'],
        },
      },
    },
    'three service accounts of one wrong principal, two of them seen': {
      given: observeApp(
        policy(
          allowSubject(
            prodIssuer,
            Array.from({ length: 3 }, (_, index) => sa(`shop/w${index}`)),
            undefined,
            { Principal: { Federated: `${prodProvider}/` } },
          ),
        ),
        { denials: Array.from({ length: 2 }, (_, index) => denial({ subject: sa(`shop/w${index}`) })) },
      ),
      finds: {
        [app]: { cause: /^The trust policy of app names no principal that shop\/w0/, restsOn: ['roles'] },
      },
    },
  },
});
