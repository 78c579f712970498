/** The table of gcloud's commands, against what the installed gcloud says of itself. */
import { gcloudCommands, objectionsTo } from './gcloud-flags.ts';
import { complaintsOf, readGcloudTree, wrongChoices } from './gcloud-tree.ts';

const tree = readGcloudTree();
const withTree = tree ? it : it.skip;

withTree.each(Object.entries(gcloudCommands))('%s takes the flags of the table', (name, command) => {
  expect(tree && complaintsOf(tree, name, command)).toEqual([]);
});

withTree('would show a command, a flag, a switch and a choice that gcloud does not have', () => {
  const wrong = {
    positionals: [1, 1] as [number, number],
    required: [],
    values: ['--async', '--rolle'],
    switches: ['--project'],
  };
  expect(tree && complaintsOf(tree, 'services enable', wrong)).toEqual([
    'services enable --async=…',
    'services enable --rolle=…',
    'services enable --project',
  ]);
  expect(tree && complaintsOf(tree, 'services turn-on', wrong)).toEqual(['there is no services turn-on']);
  const call = {
    name: 'container node-pools update',
    words: ['p', '--workload-metadata=GKE', '--verbosity=loud'],
    text: '',
  };
  expect(tree && wrongChoices(tree, call)).toContain('--verbosity=loud');
});

it.each([
  [
    'no place',
    'gcloud container clusters get-credentials c --project=p',
    '0 of --location, --region, --zone',
  ],
  [
    'two places',
    'gcloud container clusters get-credentials c --zone=a --region=b',
    '2 of --location, --region, --zone',
  ],
  [
    'two changes at once',
    'gcloud container clusters update c --location=a --start-ip-rotation --enable-dns-access',
    expect.stringMatching(/^2 of --workload-pool/) as unknown as string,
  ],
  ['nobody whose role it is', 'gcloud iam roles undelete r', '0 of --organization, --project'],
  ['no key ring', 'gcloud kms keys versions enable 1 --key=k --location=l', 'missing flag: --keyring'],
])('objects to %s', (_, command, objection) => {
  expect(objectionsTo(command)).toEqual([objection]);
});
