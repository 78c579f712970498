import caExpiring from '../../../shared/rules/gke/ca-expiring.ts';
import { testRule } from '../rule-tester.ts';
import { authority, cluster, observe, problemsOf, resource, rotationStart } from './gke-observation.ts';

const expiring = (days: number, changes = {}) =>
  cluster({ caCertificate: authority(1700, days), ...changes });
const gkeSays = [
  { code: 'CA_EXPIRING', canonicalCode: null, message: 'The cluster CA certificate expires soon.' },
];
const unreadable = { caCertificate: 'UkVBTF9DRVJUSUZJQ0FURQ==' };

testRule(caExpiring, {
  healthy: observe(),
  passes: {
    'half a year and a week are left': observe({ gkeClusters: [expiring(187)] }),
  },
  fails: {
    'three weeks are left': {
      given: observe({ gkeClusters: [expiring(21)] }),
      finds: { [resource]: /expires in 21 days, on 2026-06-22T06:00:00\.000Z/ },
    },
    'it has expired': {
      given: observe({ gkeClusters: [expiring(-3)] }),
      finds: { [resource]: /expired on 2026-05-29T06:00:00\.000Z/ },
    },
    'a rotation began, and five days are left': {
      given: observe({ gkeClusters: [expiring(5)], adminActivity: [rotationStart(2)] }),
      finds: { [resource]: /expires in 5 days/ },
    },
    'GKE says so, and the certificate cannot be read': {
      given: observe({ gkeClusters: [cluster({ ...unreadable, conditions: gkeSays })] }),
      finds: { [resource]: /^GKE reports that the CA certificate of shop/ },
    },
  },
  unknowns: {
    'the certificate cannot be read': {
      given: observe({ gkeClusters: [cluster(unreadable)] }),
      why: /gave none that can be read/,
    },
    'there is none': {
      given: observe({ gkeClusters: [cluster({ caCertificate: null })] }),
      why: /gave none/,
    },
  },
});

it.each([
  [170, 'low'],
  [29, 'high'],
  [6, 'critical'],
  [-1, 'critical'],
])('with %i days left it is %s', (days, severity) => {
  expect(problemsOf(caExpiring, observe({ gkeClusters: [expiring(days)] }))[0]?.severity).toBe(severity);
});

it('does not start a rotation of what cannot be recovered', () => {
  const [problem] = problemsOf(caExpiring, observe({ gkeClusters: [expiring(-3)] }));
  expect(problem?.fix.commands).toEqual([]);
});

it.each([
  ['under way', 2],
  ['stalled, and told for itself', 12],
])('says nothing of a certificate whose rotation is %s', (_, days) => {
  const given = { gkeClusters: [expiring(20)], adminActivity: [rotationStart(days)] };
  expect(problemsOf(caExpiring, observe(given))).toEqual([]);
});
