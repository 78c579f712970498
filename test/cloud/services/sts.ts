import type {
  AssumeRoleResponse,
  AssumeRoleWithWebIdentityResponse,
  GetCallerIdentityResponse,
} from '@aws-sdk/client-sts';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { sessionCredentials } from '../credentials.ts';
import { queryService, type QueryInput } from '../protocols/query.ts';
import { assumeRoleWithWebIdentity } from '../web-identity-decision.ts';

export const sts = queryService({
  signingName: 'sts',
  regional: true,
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    GetCallerIdentity: {
      action: 'sts:GetCallerIdentity',
      alwaysAllowed: true,
      run: (_, call) => getCallerIdentity(call),
    },
    DecodeAuthorizationMessage: {
      action: 'sts:DecodeAuthorizationMessage',
      run: decodeAuthorizationMessage,
    },
    AssumeRole: {
      action: 'sts:AssumeRole',
      resource: (input) => input.text('RoleArn') ?? '',
      run: assumeRole,
    },
    AssumeRoleWithWebIdentity: {
      action: 'sts:AssumeRoleWithWebIdentity',
      signed: false,
      alwaysAllowed: true,
      run: withWebIdentity,
    },
  },
});

function getCallerIdentity({ account, caller, accessKeyId }: Call): GetCallerIdentityResponse {
  return { UserId: accessKeyId ?? '', Account: account.id, Arn: caller };
}

/** The simulated services encode what they refuse as base64 of the document itself. */
function decodeAuthorizationMessage(input: QueryInput): object {
  const decoded = Buffer.from(input.text('EncodedMessage') ?? '', 'base64').toString();
  if (!decoded.startsWith('{'))
    throw new AwsError('InvalidAuthorizationMessageException', 'Message is not valid');
  return { DecodedMessage: decoded };
}

/** Any caller of the cloud may assume any role whose trust policy names an AWS principal, with the external id that it asks for. */
function assumeRole(input: QueryInput, call: Call): AssumeRoleResponse {
  const roleArn = input.text('RoleArn') ?? '';
  const account = call.cloud.accounts.get(roleArn.split(':')[4] ?? '');
  const role = account?.roles.find(({ arn }) => arn === roleArn);
  const externalId = /"sts:ExternalId":"([^"]*)"/.exec(role?.trustPolicy.replaceAll(/\s/g, '') ?? '')?.[1];
  const isLetIn = externalId === undefined || externalId === input.text('ExternalId');
  if (!account || !role || !isLetIn || !/"AWS"/.test(role.trustPolicy))
    throw new AwsError(
      'AccessDenied',
      `User: ${call.caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      403,
    );
  return openSession(call, account.id, role.arn, input);
}

function withWebIdentity(input: QueryInput, call: Call): AssumeRoleWithWebIdentityResponse {
  const granted = assumeRoleWithWebIdentity(input, call);
  return {
    ...openSession(call, granted.account, granted.roleArn, input),
    SubjectFromWebIdentityToken: granted.subject,
    Audience: granted.audience,
    Provider: granted.provider,
  };
}

function openSession(call: Call, account: string, roleArn: string, input: QueryInput): AssumeRoleResponse {
  const name = input.text('RoleSessionName') ?? '';
  const seconds = input.number('DurationSeconds') ?? 3600;
  const expires = Date.now() + seconds * 1000;
  const credentials = sessionCredentials(account, call.requestId);
  const partition = roleArn.split(':')[1] ?? 'aws';
  const arn = `arn:${partition}:sts::${account}:assumed-role/${roleArn.split('/').at(-1) ?? ''}/${name}`;
  const { secretAccessKey } = credentials;
  call.cloud.sessions.set(credentials.accessKeyId, { account, arn, expires, secretAccessKey });
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(expires),
    },
    AssumedRoleUser: { AssumedRoleId: `${credentials.accessKeyId}:${name}`, Arn: arn },
  };
}
