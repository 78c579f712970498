/** What a text names and the account does not have, which no rule tells where nothing in the account uses it. */
import { GetRoleCommand, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import type { AwsClients } from '../../../shared/collect/aws/account.ts';
import { isNoSuchEntity } from '../../../shared/collect/aws/oidc-providers.ts';
import { issuerName } from '../../../shared/domain/issuer.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import { sh } from '../../../shared/shell.ts';
import type { Session } from '../session.ts';
import type { Seen } from './answer-errors.ts';

/** So many roles or issuers of one text are looked for. */
const mostNames = 5;

/** Sentences by the id of the kind of error; what IAM does not tell is left out, for the report says why. */
export async function whatIsMissing(
  session: Session,
  clients: AwsClients,
  errors: readonly FoundError[],
  account: string,
): Promise<Map<string, Seen[]>> {
  const found = errors.map(async (error): Promise<[string, Seen[]]> => {
    const { id } = error.kind;
    if (id === 'aws-web-identity-denied' || id === 'aws-denied')
      return [id, await missingRoles(session, clients, error, account)];
    if (/^aws-token-(no-provider|invalid)$/.test(id))
      return [id, await missingProviders(session, clients, error, account)];
    return [id, []];
  });
  return new Map(await Promise.all(found));
}

async function missingRoles(
  { says }: Session,
  { iam }: AwsClients,
  { cases }: FoundError,
  account: string,
): Promise<Seen[]> {
  const own = cases.flatMap(({ values }) => (values.account === account ? (values.roleName ?? []) : []));
  const names = [...new Set(own)].slice(0, mostNames);
  const isMissing = await Promise.all(
    names.map((name) => hasNone(iam.send(new GetRoleCommand({ RoleName: name })))),
  );
  return names
    .filter((_, index) => isMissing[index])
    .map((name) => ({ says: says.explain.live.noRole(name, account), command: null }));
}

/** Whether IAM says that there is no such thing; a refusal says nothing. */
async function hasNone(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(() => false, isNoSuchEntity);
}

async function missingProviders(
  { says }: Session,
  { iam }: AwsClients,
  { cases }: FoundError,
  account: string,
): Promise<Seen[]> {
  const issuers = [...new Set(cases.flatMap(({ values }) => values.issuer ?? []))].slice(0, mostNames);
  if (issuers.length === 0) return [];
  const providers = await iam.send(new ListOpenIDConnectProvidersCommand({})).then(
    ({ OpenIDConnectProviderList = [] }) => OpenIDConnectProviderList.map(({ Arn }) => Arn ?? ''),
    () => null, // the report says that they could not be listed
  );
  return issuers
    .filter((issuer) => providers?.every((arn) => !arn.endsWith(`/${issuerName(issuer)}`)))
    .map((issuer) => ({
      says: says.explain.live.noProvider(issuer, account),
      command: sh`aws iam create-open-id-connect-provider --url ${issuer} --client-id-list sts.amazonaws.com`,
    }));
}
