import rule from '../../../shared/rules/eks/irsa-denied-outside-trust.ts';
import { testEksRule } from './test-eks-rule.ts';
import {
  allow,
  caller,
  denial,
  githubIssuer,
  nameOf,
  observe,
  observeApp,
  policy,
  prodIssuer,
  providerArn,
  role,
  roleArn,
  sa,
  trusts,
} from './world.ts';

const app = roleArn('app');

testEksRule(rule, {
  passes: {
    'a success after the last refusal: the policy was repaired in between': observe({
      denials: [denial()],
      callers: [caller()],
    }),
    'a trust policy that was changed after the last refusal': observe({
      denials: [denial()],
      trustChanges: { app: '2026-01-01T05:00:01Z' },
    }),
    'a role that was made anew after the last refusal': observe({
      denials: [denial()],
      roles: [{ ...role('app', trusts(prodIssuer, sa('shop/cart'))), createdAt: '2026-01-01T05:00:01Z' }],
    }),
    'refused by overload': observe({
      denials: [denial({ errorCode: 'ThrottlingException' }), denial({ errorCode: 'ServiceUnavailable' })],
    }),
    'a single InvalidIdentityToken, as the SDKs retry it': observe({
      denials: [denial({ errorCode: 'InvalidIdentityToken', errorMessage: 'temporary', events: 1 })],
    }),
    'GitHub, refused although its policy may allow it': observe({
      denials: [denial({ subject: 'repo:shop/web', provider: providerArn(githubIssuer) })],
    }),
    'a condition that nobody can decide': observeApp(
      policy(
        allow(prodIssuer, {
          StringEquals: { [`${nameOf(prodIssuer)}:sub`]: sa('shop/cart'), 'aws:SourceVpc': 'vpc-1' },
        }),
      ),
    ),
  },
  fails: {
    'a call that the policy allows': {
      given: observe({ denials: [denial()] }),
      finds: {
        [app]: {
          cause:
            /^The trust policy of app allows shop\/cart of .* today, yet it was refused 12 times, last at 2026-01-01T05:00:00Z: what refuses lies outside/,
          restsOn: ['denials', 'roles', 'oidcProviders'],
        },
      },
    },
    'one call': {
      given: observe({ denials: [denial({ events: 1 })] }),
      finds: {
        [app]: {
          cause: /refused once, at 2026-01-01T05:00:00Z:/,
          restsOn: ['denials', 'roles', 'oidcProviders'],
        },
      },
    },
    'a success before the last refusal proves nothing': {
      given: observe({ denials: [denial()], callers: [caller({ lastSeen: '2026-01-01T04:59:59Z' })] }),
      finds: { [app]: { cause: /allows shop\/cart/, restsOn: ['denials', 'roles', 'oidcProviders'] } },
    },
    'a trust policy that was changed before the last refusal, and that of another role': {
      given: observe({
        denials: [denial()],
        trustChanges: { app: '2026-01-01T04:59:59Z', other: '2026-01-01T05:30:00Z' },
      }),
      finds: { [app]: { cause: /allows shop\/cart/, restsOn: ['denials', 'roles', 'oidcProviders'] } },
    },
    'a success with another audience proves nothing': {
      given: observe({ denials: [denial()], callers: [caller({ audience: 'vault' })] }),
      finds: { [app]: { cause: /allows shop\/cart/, restsOn: ['denials', 'roles', 'oidcProviders'] } },
    },
    'a success of another cluster proves nothing': {
      given: observe({ denials: [denial()], callers: [caller({ provider: providerArn(githubIssuer) })] }),
      finds: { [app]: { cause: /allows shop\/cart/, restsOn: ['denials', 'roles', 'oidcProviders'] } },
    },
  },
  unknowns: {},
});
