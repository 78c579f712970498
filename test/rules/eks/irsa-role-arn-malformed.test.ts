import rule from '../../../shared/rules/eks/irsa-role-arn-malformed.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  denial,
  observe,
  observeApp,
  otherAccount,
  prod,
  prodIssuer,
  providerArn,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
} from './world.ts';

const asked = (roleArn: string) => observe({ denials: [denial({ roleArn })] });
const annotated = (roleArn: string) =>
  observe({
    serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': roleArn })] },
  });
const refused = (roleArn: string, cause: RegExp) => ({
  given: asked(roleArn),
  finds: { [roleArn]: { cause, restsOn: ['denials'] as const } },
});

testEksRule(rule, {
  passes: {
    'a role with a path of several parts': observe({
      roles: [role('app', trusts(prodIssuer, sa('shop/cart')), { path: '/team/shop/' })],
      serviceAccounts: {
        [prod.arn]: [
          serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': roleArn('app', '/team/shop/') }),
        ],
      },
    }),
    'a role of another account, for a cluster of this one': annotated(roleArn('app', '/', otherAccount)),
    'a name with every character that IAM allows': asked(roleArn('a+b=c,d.e@f-g_h')),
    'the partition of China in an account of China': observe({
      place: { partition: 'aws-cn' },
      providers: [],
      denials: [
        denial({
          roleArn: 'arn:aws-cn:iam::111122223333:role/app',
          provider: providerArn(prodIssuer, '111122223333', 'aws-cn'),
        }),
      ],
    }),
    'the partition of GovCloud where nobody told which partition this is': {
      ...asked('arn:aws-us-gov:iam::111122223333:role/app'),
      place: { cloud: 'aws', account: '111122223333' },
    },
    'a service account without the annotation, and one with an empty one': observe({
      serviceAccounts: {
        [prod.arn]: [
          serviceAccount('shop/web'),
          serviceAccount('shop/api', { 'eks.amazonaws.com/role-arn': '' }),
        ],
      },
    }),
  },
  fails: {
    'eleven digits, as in the AWS article': refused(
      'arn:aws:iam::11112222333:role/AccessEC2role',
      /has an account of 11 digits; an account has 12\.$/,
    ),
    'a colon too many, as in the AWS article': refused(
      'arn:aws:iam::::1234567890:role/x',
      /asks for "arn:aws:iam::::1234567890:role\/x", which /,
    ),
    'the name alone': refused('app', /which is a name, not an ARN/),
    'the partition of another cloud': refused(
      'arn:aws-cn:iam::111122223333:role/app',
      /names the partition "aws-cn", and this account is in "aws"/,
    ),
    'a partition that does not exist': refused(
      'arn:amazon:iam::111122223333:role/app',
      /"amazon", which does not exist/,
    ),
    'the ARN of a session': refused(
      'arn:aws:sts::111122223333:assumed-role/app/pod',
      /it is the ARN of a session, not of a role/,
    ),
    'an instance profile': refused('arn:aws:iam::111122223333:instance-profile/app', /instead of a role/),
    'white space around it': refused(`${roleArn('app')}\n`, /has white space around it/),
    'an ARN of 2,048 characters': refused(`arn:aws:iam::11:role/${'a'.repeat(2000)}`, /^.{0,400}$/),
    'what STS calls invalid, although it looks possible': {
      given: observe({
        denials: [denial({ errorCode: 'ValidationError', errorMessage: 'Request ARN is invalid' })],
      }),
      finds: { [roleArn('app')]: { cause: /which STS calls invalid/, restsOn: ['denials'] } },
    },
    'a validation error of which the text does not speak of the ARN': {
      given: observe({
        denials: [
          denial({
            roleArn: 'app',
            errorCode: 'ValidationError',
            errorMessage: '1 validation error detected: Value at roleArn failed to satisfy constraint',
          }),
        ],
      }),
      finds: { app: { cause: /is a name, not an ARN/, restsOn: ['denials'] } },
    },
    'a call whose record does not show the ARN': {
      given: observe({
        denials: [
          denial({ roleArn: null, errorCode: 'ValidationError', errorMessage: 'Request ARN is invalid' }),
        ],
      }),
      finds: { 'unknown role': { cause: /the record does not show it/, restsOn: ['denials'] } },
    },
    'a caller of whom nothing else was recorded': {
      given: observeApp(trusts(prodIssuer, sa('shop/cart')), {
        denials: [denial({ roleArn: 'app', subject: null, provider: null, audience: null })],
      }),
      finds: { app: { cause: /^A caller that is not recorded asks for "app"/, restsOn: ['denials'] } },
    },
    'an annotation, before any call': {
      given: annotated('arn:aws:iam:eu-west-1:111122223333:role/app'),
      finds: {
        'arn:aws:iam:eu-west-1:111122223333:role/app': {
          cause: /names the region "eu-west-1"; IAM's ARNs have none/,
          restsOn: ['clusters', 'serviceAccounts'],
        },
      },
    },
    'two service accounts with the same template': {
      given: observe({
        denials: [denial({ roleArn: 'app' }), denial({ roleArn: 'app', subject: sa('shop/web') })],
      }),
      finds: { app: { cause: /^shop\/cart, shop\/web of .* ask for "app"/, restsOn: ['denials'] } },
    },
  },
});
