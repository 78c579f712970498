/** `--canary` as it is written, and what it comes to. */
import { readCanaries } from '../shared/google-canary.ts';

const who = 'principal=serviceAccount:ci@shop-prod.iam.gserviceaccount.com';

it('is of the one project that is audited, and needs the cluster to be got', () => {
  expect(readCanaries([`${who}, cluster=shop`], 'shop-prod')).toEqual([
    {
      project: 'shop-prod',
      principal: 'serviceAccount:ci@shop-prod.iam.gserviceaccount.com',
      cluster: 'shop',
      location: null,
      permissions: ['container.clusters.get'],
    },
  ]);
});

it('says the rest, and may be given several times', () => {
  const rest = 'cluster=web,location=europe-west1,project=web-prod';
  const permissions = 'permission=container.clusters.connect,permission=container.pods.list';
  const all = readCanaries(
    [`${who},cluster=shop`, `principal=group:ops@example.com,${rest},${permissions}`],
    'shop-prod',
  );
  expect(all.map(({ project, location }) => [project, location])).toEqual([
    ['shop-prod', null],
    ['web-prod', 'europe-west1'],
  ]);
  expect(all[1]?.permissions).toEqual(['container.clusters.connect', 'container.pods.list']);
});

it.each<[string, string, RegExp]>([
  ['without a cluster', who, /^Cannot use --canary principal=.*: its cluster is missing/],
  ['of nobody', 'cluster=shop,principal=release', /"principal": must be as in serviceAccount:EMAIL/],
  ['in no place', `${who},cluster=shop,location=Europe`, /"location": must be a region or a zone/],
  [
    'for what is no permission of GKE',
    `${who},cluster=shop,permission=iam.roles.get`,
    /"permissions\.0": must be/,
  ],
  ['with a word it does not know', `${who},cluster=shop,zone=a`, /"zone" is not known/],
  ['without an equals sign', 'release', /"release" is not of the form name=value/],
  ['without a value', `${who},cluster=`, /"cluster=" is not of the form/],
  ['with a word twice', `${who},cluster=a,cluster=b`, /"cluster" is given twice/],
])('%s is refused', (_, text, message) => {
  expect(() => readCanaries([text], 'shop-prod')).toThrow(message);
});

it('names its project where no other is meant', () => {
  expect(() => readCanaries([`${who},cluster=shop`])).toThrow(/its project is missing; add project=/);
});
