import rule from '../../../shared/rules/eks/irsa-trust-condition-key.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  cluster,
  denial,
  issuerOf,
  nameOf,
  observeApp,
  policy,
  prod,
  prodIssuer,
  prodProvider,
  provider,
  providerArn,
  roleArn,
  sa,
} from './world.ts';

const app = roleArn('app');
const name = nameOf(prodIssuer);
const green = nameOf(issuerOf('green'));
const both = {
  clusters: [prod, cluster('green')],
  providers: [provider(prodIssuer), provider(issuerOf('green'))],
};
const keyed = (subKey: string, audKey = `${name}:aud`) =>
  policy(allow(prodIssuer, { StringEquals: { [subKey]: sa('shop/cart'), [audKey]: 'sts.amazonaws.com' } }));
const found = (trust: object, cause: RegExp, changes = {}) => ({
  given: observeApp(trust, { denials: [denial()], ...changes }),
  finds: { [app]: { cause, restsOn: ['roles'] as const } },
});

testEksRule(rule, {
  passes: {
    'other letter case, for keys ignore case': observeApp(keyed(`${name}:SUB`, `${name.toLowerCase()}:Aud`)),
    'a key of AWS that is met': observeApp(
      policy(
        allow(prodIssuer, {
          StringEquals: { [`${name}:sub`]: sa('shop/cart'), [`${name}:aud`]: 'sts.amazonaws.com' },
          Bool: { 'aws:SecureTransport': 'true' },
        }),
      ),
    ),
    'keys whose value nobody recorded, in a policy that is otherwise right': observeApp(
      policy(
        allow(prodIssuer, {
          StringEquals: { [`${name}:sub`]: sa('shop/cart'), 'aws:SourceVpc': 'vpc-1' },
          StringLike: { 'sts:RoleSessionName': 'app-*' },
        }),
      ),
    ),
    'two clusters in one statement, each key under IfExists': observeApp(
      policy(
        allow(
          prodIssuer,
          {
            StringEqualsIfExists: { [`${name}:sub`]: sa('shop/cart'), [`${green}:sub`]: sa('shop/cart') },
          },
          { Principal: { Federated: [prodProvider, providerArn(issuerOf('green'))] } },
        ),
      ),
      both,
    ),
  },
  fails: {
    'https:// in the keys': found(
      keyed(`https://${name}:sub`, `https://${name}:aud`),
      /asks for "https:\/\/.*:sub" and "https:\/\/.*:aud", condition keys that no token of .* has\.$/,
    ),
    'the issuer of another cluster under the provider of this one': found(
      keyed(`${green}:sub`),
      new RegExp(`asks for "${green}:sub", a condition key that no token`),
      both,
    ),
    'a slash before the colon': found(keyed(`${name}/:sub`), /\/:sub", a condition key/),
    'the key without its issuer': found(keyed('sub'), /asks for "sub", a condition key/),
    'the claim misspelt': found(keyed(`${name}:subject`), /:subject", a condition key/),
    'two clusters in one statement, whose conditions can never be met together': {
      given: observeApp(
        policy(
          allow(
            prodIssuer,
            { StringEquals: { [`${name}:sub`]: sa('shop/cart'), [`${green}:sub`]: sa('shop/cart') } },
            { Principal: { Federated: [prodProvider, providerArn(issuerOf('green'))] } },
          ),
        ),
        { ...both, denials: [denial()] },
      ),
      finds: {
        [app]: [
          { cause: new RegExp(`${green}:sub`), restsOn: ['roles'] },
          { cause: new RegExp(`${name}:sub`), restsOn: ['roles', 'clusters'] },
        ],
      },
    },
  },
});
