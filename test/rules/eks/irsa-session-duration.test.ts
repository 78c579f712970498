import rule from '../../../shared/rules/eks/irsa-session-duration.ts';
import { testEksRule } from './test-eks-rule.ts';
import { caller, denial, observe, prodIssuer, role, roleArn, sa, trusts } from './world.ts';

const app = roleArn('app');
const tooLong = {
  errorCode: 'ValidationError',
  errorMessage: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
};
const hour = trusts(prodIssuer, sa('shop/cart'));

testEksRule(rule, {
  passes: {
    'a caller that names no duration': observe({ callers: [caller()] }),
    'a caller that asks for just as much as there is': observe({
      callers: [caller({ longestDurationSeconds: 3600 })],
    }),
    'a role whose longest session was raised since': observe({
      roles: [role('app', hour, { maxSessionDuration: 43_200 })],
      denials: [denial(tooLong, { durationSeconds: 7200 })],
    }),
    'a workload that asked for less since': observe({ denials: [denial(tooLong)], callers: [caller()] }),
    'a long session of a role that is gone': observe({
      callers: [caller({ roleArn: roleArn('gone'), longestDurationSeconds: 43_200 })],
    }),
  },
  fails: {
    'a session that STS refused': {
      given: observe({ denials: [denial(tooLong, { durationSeconds: 7200 })] }),
      finds: {
        [app]: {
          cause: /^shop\/cart of .* asks for a session of 7200 seconds, more than /,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'a session of which the record does not tell the length': {
      given: observe({ denials: [denial(tooLong)] }),
      finds: { [app]: { cause: /asks for a longer session than /, restsOn: ['denials', 'roles'] } },
    },
    'a session that was given, and would no longer be': {
      given: observe({ callers: [caller({ longestDurationSeconds: 43_200 })] }),
      finds: {
        [app]: {
          cause: /asks for sessions of up to 43200 seconds, and app now allows 3600 at most\.$/,
          restsOn: ['denials', 'roles'],
        },
      },
    },
    'two callers whose sessions would no longer be given': {
      given: observe({
        callers: [
          caller({ longestDurationSeconds: 7200 }),
          caller({ subject: sa('shop/web'), longestDurationSeconds: 43_200 }),
        ],
      }),
      finds: { [app]: { cause: /ask for sessions of up to 43200 seconds/, restsOn: ['denials', 'roles'] } },
    },
    'a role that refused one caller and would refuse another': {
      given: observe({
        denials: [denial(tooLong, { durationSeconds: 7200 })],
        callers: [caller({ subject: sa('shop/web'), longestDurationSeconds: 43_200 })],
      }),
      finds: { [app]: { cause: /7200 seconds|longer session/, restsOn: ['denials', 'roles'] } },
    },
  },
});
