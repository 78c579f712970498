import { failedAudit } from '../../functions/failed-audit.ts';
import { memberClients, MemberRoleError } from '../../functions/member-clients.ts';
import { makeStsClient } from '../../functions/aws-clients.ts';
import { readIdentity } from '../../shared/collect/aws/identity.ts';
import { startCloud } from '../cloud/start.ts';
import { world } from '../cloud/world-builder.ts';

const japanese = /[\u3041-\u30ff\u4e00-\u9fff]/u;

/** As Step Functions hands on what a Lambda function threw. */
const asCause = (error: Error) => JSON.stringify({ errorType: error.name, errorMessage: error.message });

async function refusal(): Promise<Error> {
  const cloud = await startCloud(world().account('111122223333').account('444455556666').build());
  const { endpoint } = cloud;
  const settings = { endpoint, region: 'eu-west-1', credentials: cloud.credentials('111122223333') };
  const access = { partition: 'aws', roleName: 'auditor', externalId: null, ownAccount: '111122223333' };
  try {
    const clients = memberClients('444455556666', { ...access, sts: makeStsClient(settings), settings });
    return await readIdentity(clients, AbortSignal.timeout(10_000)).then(
      () => new Error('it was let in'),
      (error: Error) => (error.cause instanceof Error ? error.cause : error),
    );
  } finally {
    await cloud.close();
  }
}

it('tells in every language of an account that lets nobody in, from what its audit threw in another process', async () => {
  const error = await refusal();
  expect(error).toBeInstanceOf(MemberRoleError);
  const { why } = failedAudit('444455556666', error.name, asCause(error));
  expect(why.en).toContain(`(MemberRoleError): ${error.message}; the log of the audit says more`);
  expect(why.ja).toContain(
    'アカウント 444455556666 を監査できません: 監査者が arn:aws:iam::444455556666:role/auditor を',
  );
  expect(why.ja).not.toContain('did not let');
});

it.each([
  ['what another program said as it is', 'the task timed out', /the task timed out/],
  ['that there was no reason', '', japanese],
  ['words of its own', { en: 'it ended', ja: '終わりました' }, /終わりました/],
])('hands on %s', (_, cause, inJapanese) => {
  const { why } = failedAudit('444455556666', 'Timeout', cause);
  expect(why.ja).toMatch(inJapanese);
  expect(why.en).toMatch(/^The audit of the account failed \(Timeout\): \S/);
});
