/** Runs a command that a report printed, as a person would who pasted it, by the API that it stands for. */
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { account, type DemoClouds } from './demo-clouds.ts';
import { demoFault } from './demo-fault.ts';

/**
 * Knows the commands whose fixes the demo carries out.
 * @throws {Error} for any other command
 */
export async function runPrintedCommand(clouds: DemoClouds, command: string): Promise<void> {
  const trust = /^aws iam update-assume-role-policy --role-name (\S+) .*<<'(\w+)'\n(.*)\n\2\s*$/s.exec(
    command,
  );
  if (trust) return void (await updateTrust(clouds, trust[1] ?? '', trust[3] ?? ''));
  const grant =
    /^gcloud projects add-iam-policy-binding (\S+) --member=(\S+) --role=(\S+) --condition=None$/.exec(
      command,
    );
  if (grant) return addBinding(clouds, grant[1] ?? '', { member: grant[2] ?? '', role: grant[3] ?? '' });
  throw demoFault({
    en: `The demo does not know the command that the report printed: ${command}`,
    ja: `レポートのコマンドはデモにないものです: ${command}`,
  });
}

/** @returns the ARN of the role */
export async function updateTrust(
  { aws, changed }: DemoClouds,
  role: string,
  policy: string,
): Promise<string> {
  const iam = new IAMClient(aws.clientOptions(account));
  try {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role, PolicyDocument: policy }));
  } finally {
    iam.destroy();
  }
  const arn = `arn:aws:iam::${account}:role/${role}`;
  changed.add(arn);
  return arn;
}

interface Policy {
  bindings?: { role: string; members: string[] }[];
}

/** What gcloud does: reads the policy, adds the member, and writes it with the same etag. */
async function addBinding(
  clouds: DemoClouds,
  project: string,
  { member, role }: { member: string; role: string },
): Promise<void> {
  const policy = (await askGoogle(clouds, `${project}:getIamPolicy`, {
    options: { requestedPolicyVersion: 3 },
  })) as Policy;
  const bindings = [...(policy.bindings ?? []), { role, members: [member] }];
  await askGoogle(clouds, `${project}:setIamPolicy`, { policy: { ...policy, bindings } });
  clouds.changed.add(project);
}

/** As somebody who may change things. */
async function askGoogle({ google }: DemoClouds, call: string, body: object): Promise<unknown> {
  const { OPERATOR_TOKEN } = await import('../../../test/cloud/google/world.ts');
  const response = await fetch(`${google.endpoints['CLOUDRESOURCEMANAGER'] ?? ''}v1/projects/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_TOKEN}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw answered(call, response.status, await response.text());
  return response.json();
}

function answered(call: string, status: number, text: string): Error {
  return demoFault({
    en: `The simulated cloud answered ${call} with ${status}: ${text}`,
    ja: `シミュレートしたクラウドの ${call} への応答は ${status} でした: ${text}`,
  });
}
