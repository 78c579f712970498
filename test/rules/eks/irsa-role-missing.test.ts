import rule from '../../../shared/rules/eks/irsa-role-missing.ts';
import { findingsOf, testEksRule } from './test-eks-rule.ts';
import {
  account,
  caller,
  denial,
  observe,
  otherAccount,
  prod,
  prodIssuer,
  provider,
  role,
  roleArn,
  sa,
  serviceAccount,
  trusts,
  trustsService,
} from './world.ts';

const gone = roleArn('gone');
const annotated = (arn: string) => ({
  serviceAccounts: { [prod.arn]: [serviceAccount('shop/cart', { 'eks.amazonaws.com/role-arn': arn })] },
});

testEksRule(rule, {
  passes: {
    'a role that was made after the refusals': observe({
      denials: [denial({ roleArn: gone })],
      callers: [caller({ roleArn: gone })],
    }),
    'a role of another account, whose roles this audit does not read': observe(
      annotated(roleArn('lake-reader', '/', otherAccount)),
    ),
    'a service-linked role that is there': observe({
      roles: [
        role('AWSServiceRoleForAmazonEKS', trustsService('eks.amazonaws.com'), {
          path: '/aws-service-role/eks.amazonaws.com/',
        }),
      ],
      denials: [
        denial({ roleArn: roleArn('AWSServiceRoleForAmazonEKS', '/aws-service-role/eks.amazonaws.com/') }),
      ],
    }),
    'a role of another account that has a namesake here, which trusts somebody else': observe({
      denials: [denial({ roleArn: roleArn('app', '/', otherAccount), subject: sa('shop/web') })],
    }),
    'names that objects of JavaScript have': observe({
      roles: [role('constructor', trusts(prodIssuer, sa('shop/cart')))],
      ...annotated(roleArn('constructor')),
    }),
  },
  fails: {
    'a role that was deleted': {
      given: observe({ named: { [gone]: { state: 'missing' } }, denials: [denial({ roleArn: gone })] }),
      finds: {
        [gone]: {
          cause: /^shop\/cart of .* asks for arn:.*:role\/gone, which does not exist\.$/,
          restsOn: ['denials'],
        },
      },
    },
    'a role that is not among all the roles that were listed': {
      given: observe({ denials: [denial({ roleArn: gone })] }),
      finds: { [gone]: { cause: /which does not exist/, restsOn: ['denials'], restsOnWhole: ['roles'] } },
    },
    'a role whose path was left out': {
      given: observe({
        roles: [role('app', trusts(prodIssuer, sa('shop/cart')), { path: '/team/' })],
        denials: [denial()],
      }),
      finds: {
        [roleArn('app')]: {
          cause:
            /the role of that name has the path \/team\/, so its ARN is arn:aws:iam::111122223333:role\/team\/app\./,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'an account that is mistyped, while the role of that name here trusts the caller': {
      given: observe({ denials: [denial({ roleArn: roleArn('app', '/', otherAccount) })] }),
      finds: {
        [roleArn('app', '/', otherAccount)]: {
          cause: new RegExp(`which trusts it is in account ${account}, not in ${otherAccount}`),
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'a name with a letter too many, whose right role trusts the caller': {
      given: observe({ denials: [denial({ roleArn: roleArn('appp') })] }),
      finds: {
        [roleArn('appp')]: { cause: /which does not exist/, restsOn: ['denials'], restsOnWhole: ['roles'] },
      },
    },
    'an annotation, before any call': {
      given: observe(annotated(gone)),
      finds: {
        [gone]: {
          cause: /which does not exist/,
          restsOn: ['clusters', 'serviceAccounts'],
          restsOnWhole: ['roles'],
        },
      },
    },
    'ten service accounts and one role that is gone': {
      given: observe({
        denials: Array.from({ length: 10 }, (_, index) =>
          denial({ roleArn: gone, subject: sa(`shop/w${index}`) }),
        ),
        named: { [gone]: { state: 'missing' } },
      }),
      finds: {
        [gone]: { cause: /^shop\/w0, shop\/w1, shop\/w2 and 7 more of .* ask for/, restsOn: ['denials'] },
      },
    },
    'a role that is gone, with its provider': {
      given: observe({
        providers: [provider(prodIssuer, { clientIds: [] })],
        named: { [gone]: { state: 'missing' } },
        denials: [denial({ roleArn: gone })],
      }),
      finds: { [gone]: { cause: /does not exist/, restsOn: ['denials'] } },
    },
  },
});

describe('the fix of a role that is missing', () => {
  it('names the one role of nearly that name that trusts the caller already', () => {
    const given = observe({ denials: [denial({ roleArn: roleArn('appp') })] });
    const [found] = findingsOf(given);
    expect(found?.problem.fix.commands).toEqual([
      'kubectl annotate serviceaccount cart --namespace shop eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/app --overwrite',
    ]);
  });

  it('names none where two of nearly that name trust the caller', () => {
    const given = observe({
      roles: ['app1', 'app2'].map((name) => role(name, trusts(prodIssuer, sa('shop/cart')))),
      denials: [denial({ roleArn: roleArn('app') })],
    });
    expect(findingsOf(given).map(({ problem }) => problem.fix.commands)).toEqual([[]]);
  });
});
