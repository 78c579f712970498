import clusterAccessDenied from '../../../shared/rules/gke/cluster-access-denied.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  bind,
  bindUntil,
  daysAgo,
  nodes,
  observe,
  policy,
  problemsOf,
  project,
  refusal,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const ci = 'ci@build-prod.iam.gserviceaccount.com';
const subject = `${account(ci)} on projects/shop-prod`;
const seen = (...denials: ReturnType<typeof refusal>[]) => ({ denials, events: denials.length, unparsed: 0 });
const deaf = { ...policy(), auditConfigs: [] };
const podsRole = 'projects/shop-prod/roles/pods';
const withPods = { ...roleDefinitions, [podsRole]: role('container.pods.get', 'container.pods.list') };

testRule(clusterAccessDenied, {
  healthy: observe(),
  passes: {
    'it was granted since': observe({
      accessDenials: seen(refusal()),
      iamPolicy: policy({ also: [bind('roles/container.clusterViewer', account(ci))] }),
    }),
    'agents on nodes try it in passing': observe({
      accessDenials: seen(refusal({ principal: nodes }), refusal({ principal: agents.nodeAgent })),
    }),
    'a canary has a rule of its own': observe({
      accessDenials: seen(refusal()),
      canaries: [{ principal: account(ci), cluster: 'shop', location: null, permissions: [] }],
    }),
    'another permission': observe({
      accessDenials: seen(
        refusal({ permission: 'container.clusters.update', message: 'Required "container.clusters.update"' }),
      ),
    }),
    'a caller that Kubernetes refused': observe({
      accessDenials: seen(
        refusal({ service: 'k8s.io', permission: 'io.k8s.core.v1.pods.list', message: null }),
      ),
    }),
    'not found is not refused': observe({ accessDenials: seen(refusal({ code: 5 })) }),
    'the log hides who called': observe({ accessDenials: seen(refusal({ principal: null })) }),
    'every service is logged, by the organization': observe({
      project: { ...project, parent: 'organizations/1' },
      iamPolicy: deaf,
      inheritedPolicies: [
        {
          resource: 'organizations/1',
          state: 'read',
          policy: {
            bindings: [],
            auditConfigs: [{ service: 'allServices', logTypes: ['ADMIN_READ'], exemptedMembers: [] }],
          },
        },
      ],
    }),
    'reads are not logged, and there is no cluster': observe({ iamPolicy: deaf, gkeClusters: [] }),
  },
  fails: {
    'a build account is refused': {
      given: observe({ accessDenials: seen(refusal()) }),
      finds: {
        [subject]:
          /^ci@build-prod.* was refused container\.clusters\.get on shop \(europe-west1\)\. If it should not reach that cluster, nothing is broken\.$/,
      },
    },
    'two clusters and two hundred calls of one principal are one finding': {
      given: observe({
        accessDenials: seen(refusal({ events: 150 }), refusal({ cluster: 'other', events: 50 })),
      }),
      finds: { [subject]: /on shop \(europe-west1\), other \(europe-west1\)/ },
    },
    'a person': {
      given: observe({ accessDenials: seen(refusal({ principal: 'carol@example.com' })) }),
      finds: { 'user:carol@example.com on projects/shop-prod': /^carol@example\.com was refused/ },
    },
    'its role expired': {
      given: observe({
        accessDenials: seen(refusal()),
        iamPolicy: policy({ also: [bindUntil(daysAgo(1), 'roles/container.clusterViewer', account(ci))] }),
      }),
      finds: { [subject]: /was refused/ },
    },
    'a group may have the role by now, but had not then': {
      given: observe({
        accessDenials: seen(refusal()),
        iamPolicy: policy({ also: [bind('roles/container.clusterViewer', 'group:ci@example.com')] }),
      }),
      finds: { [subject]: /was refused/ },
    },
  },
  unknowns: {
    'reads are not logged: silence says nothing, and how to change that': {
      given: observe({ iamPolicy: deaf }),
      why: /cannot be seen in shop-prod.*gcloud projects get-iam-policy shop-prod --format=json \| jq .* \| gcloud projects set-iam-policy shop-prod \/dev\/stdin/,
    },
    'whether an ancestor logs them was not read': {
      given: observe({
        project: { ...project, parent: 'folders/1' },
        iamPolicy: deaf,
        inheritedPolicies: [{ resource: 'folders/1', state: 'unread', why: quoted('denied') }],
      }),
      why: /its ancestors could not be read/,
    },
  },
});

describe('the fix', () => {
  it('is advice without a command: a refusal is no reason to grant', () => {
    const [problem] = problemsOf(clusterAccessDenied, observe({ accessDenials: seen(refusal()) }));
    expect(problem?.fix).toMatchObject({ commands: [], verified: false });
  });

  it('is a proven grant where the policy already gives the principal rights on clusters', () => {
    const given = observe({
      accessDenials: seen(refusal()),
      iamPolicy: policy({ also: [bind(podsRole, account(ci))] }),
      roleDefinitions: withPods,
    });
    const [problem] = problemsOf(clusterAccessDenied, given);
    expect(problem?.fix.verified).toBe(true);
    expect(problem?.fix.commands).toEqual([
      `gcloud projects add-iam-policy-binding shop-prod --member=${account(ci)} --role=roles/container.clusterViewer --condition=None`,
    ]);
  });

  it('is advice where a group has those rights', () => {
    const given = observe({
      accessDenials: seen(refusal()),
      iamPolicy: policy({ also: [bind(podsRole, 'group:all@example.com')] }),
      roleDefinitions: withPods,
    });
    expect(problemsOf(clusterAccessDenied, given)[0]?.fix.commands).toEqual([]);
  });
});

it('counts the calls', () => {
  const denials = [
    refusal({ events: 150, firstSeen: daysAgo(0.8) }),
    refusal({ cluster: 'other', events: 50 }),
  ];
  const [problem] = problemsOf(clusterAccessDenied, observe({ accessDenials: seen(...denials) }));
  expect(problem?.denial).toMatchObject({ events: 200, firstSeen: daysAgo(0.9), lastSeen: daysAgo(0.1) });
});
