import {
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  type GetOpenIDConnectProviderResponse,
} from '@aws-sdk/client-iam';
import { isoSeconds } from '../../domain/cloudtrail-record.ts';
import type { OidcProvider } from '../../domain/web-identity.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { gapOf, gapsOf } from './refusal.ts';
import type { AwsSource } from './source.ts';

const listing = { en: 'list the IAM OIDC providers', ja: 'IAM OIDC プロバイダーの一覧を取得' };
const reading = (which: Localized) => ({
  en: en`read the IAM OIDC provider ${which}`,
  ja: ja`IAM OIDC プロバイダー ${which} を取得`,
});

/** GetOpenIDConnectProvider calls side by side; an account has at most 100 providers. */
const readAtATime = 4;

/** IAM OpenID Connect providers with their client ids. */
export const oidcProvidersReader: Reader<AwsSource, OidcProvider[]> = {
  permissions: ['iam:ListOpenIDConnectProviders', 'iam:GetOpenIDConnectProvider'],
  async read(source) {
    let arns: string[];
    try {
      const command = new ListOpenIDConnectProvidersCommand({});
      const answer = await source.clients.iam.send(command, { abortSignal: source.signal });
      arns = (answer.OpenIDConnectProviderList ?? []).flatMap(({ Arn }) => Arn ?? []);
    } catch (error) {
      const [permission] = oidcProvidersReader.permissions;
      const attempt = { action: listing, permission: permission ?? '', location: null };
      return { state: 'unread', gaps: [gapOf(error, attempt)] };
    }
    return readProviders(source, arns);
  },
};

async function readProviders({ clients, signal }: AwsSource, arns: string[]) {
  const failures: { item: string; error: unknown }[] = [];
  const providers = await readEach(arns, readAtATime, async (arn) => {
    const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn });
    try {
      return [providerOf(arn, await clients.iam.send(command, { abortSignal: signal }))];
    } catch (error) {
      // A provider that was deleted since it was listed is not missing from the reading.
      if (!isNoSuchEntity(error)) failures.push({ item: arn, error });
      return [];
    }
  });
  const permission = 'iam:GetOpenIDConnectProvider';
  const gaps = gapsOf(failures, { action: reading, permission, location: null });
  return readingOf(providers.flat(), gaps);
}

/** Whether IAM says that what was asked for does not exist. */
export function isNoSuchEntity(error: unknown): boolean {
  return /^NoSuchEntity(Exception)?$/.test((error as { name?: string }).name ?? '');
}

function providerOf(arn: string, answer: GetOpenIDConnectProviderResponse): OidcProvider {
  return {
    arn,
    url: (answer.Url ?? arn.slice(arn.indexOf('/') + 1)).replace(/^https:\/\//, ''),
    clientIds: answer.ClientIDList ?? [],
    createdAt: isoSeconds(answer.CreateDate),
  };
}
