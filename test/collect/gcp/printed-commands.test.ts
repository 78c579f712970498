import { readEach } from '../../../shared/collect/read-each.ts';
import { callsIn, objectionsTo } from '../../cloud/google/gcloud-flags.ts';
import { readGcloudTree, wrongChoices } from '../../cloud/google/gcloud-tree.ts';
import { GcloudShell, hasGcloud } from '../../cloud/google/run-gcloud.ts';
import { startGoogleCloud, type GoogleCloud } from '../../cloud/google/start-google-cloud.ts';
import { faultyWorld } from '../../cloud/google/worlds/faulty.ts';
import { findingsOf, judge } from './judge-world.ts';
import { observe } from './observe-world.ts';

const now = new Date();
const everything = { kubernetes: true, connect: true };

let cloud: GoogleCloud;
beforeAll(async () => {
  cloud = await startGoogleCloud(faultyWorld(now), { largestPage: 500 });
});
afterAll(() => cloud.close());

/** The commands of every finding, by finding. */
async function printed(): Promise<Map<string, string[]>> {
  const outcomes = judge(await observe(cloud, undefined, everything));
  return new Map(
    outcomes.flatMap(({ project, rule, problems }) =>
      problems
        .filter(({ fix }) => fix.commands.length > 0)
        .map(({ subject, fix }) => [`${project} ${rule}: ${subject.name}`, fix.commands] as const),
    ),
  );
}

/** They repair somebody's own machine, and leave the cloud as it is. */
const isLocal = (command: string) =>
  /^gcloud (container clusters get-credentials|auth|components) /.test(command);

it('prints commands that gcloud has, with flags that they have', async () => {
  const commands = [...(await printed()).values()].flat();

  expect(commands.length).toBeGreaterThan(20);
  expect(commands.flatMap(objectionsTo)).toEqual([]);
  const tree = readGcloudTree();
  expect(tree ? commands.flatMap(callsIn).flatMap((call) => wrongChoices(tree, call)) : []).toEqual([]);
});

it('knows what gcloud would object to', () => {
  expect(objectionsTo("gcloud projects add-iam-policy-binding p --member='user:a' --rolle=roles/x")).toEqual([
    'no such flag: --rolle',
    'missing flag: --role',
  ]);
  expect(objectionsTo('gcloud services enable --project=p')).toEqual(['0 positional arguments']);
  expect(objectionsTo('gcloud services disable x --project=p')).toHaveLength(1);
  expect(objectionsTo('gcloud kms keys versions enable 1 --key k --keyring=r --location=l')).toEqual([
    'no value: --key',
    '2 positional arguments',
  ]);
});

const withGcloud = hasGcloud ? it : it.skip;

withGcloud(
  'prints commands that the real gcloud runs, and after which the finding is gone',
  async () => {
    const shell = new GcloudShell(cloud);
    const fixes = [...(await printed())];
    const failures: string[] = [];
    await readEach(fixes, 2, async ([finding, commands]) => {
      for (const command of commands) {
        const { status, stderr } = await shell.run(command);
        if (status !== 0) failures.push(`${finding}\n${command}\n${stderr}`);
      }
    });
    shell.close();

    expect(failures).toEqual([]);
    const left = findingsOf(await observe(cloud, undefined, everything));
    const repaired = fixes.filter(([, commands]) => !commands.every(isLocal)).map(([finding]) => finding);
    expect(repaired.filter((finding) => left.includes(finding))).toEqual([]);
  },
  240_000,
);
