import type {
  CreateOpenIDConnectProviderResponse,
  CreateRoleResponse,
  GetOpenIDConnectProviderResponse,
  GetRoleResponse,
  ListOpenIDConnectProvidersResponse,
  ListRolesResponse,
  Role,
} from '@aws-sdk/client-iam';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import { providerArn, roleArn, uniqueId } from '../identifiers.ts';
import { pageOf } from '../pages.ts';
import { simulate, type SimulatedPolicy } from '../policy-simulation.ts';
import { queryService, type QueryInput } from '../protocols/query.ts';
import { recordCall } from '../recorded-calls.ts';
import type { Operation } from '../service.ts';
import { checkTrustPolicy } from '../trust-policy-check.ts';
import type { Provider, StoredRole } from '../world.ts';

const providerResource = (input: QueryInput) => input.text('OpenIDConnectProviderArn') ?? '';
const roleResource = (input: QueryInput, { account }: Call) =>
  account.roles.find(({ name }) => name === input.text('RoleName'))?.arn ??
  roleArn(account.id, input.text('RoleName') ?? '', '/', account.partition);

const reads: Record<string, Operation<QueryInput>> = {
  ListRoles: {
    action: 'iam:ListRoles',
    resource: (_, { account }) => roleArn(account.id, '', '/', account.partition),
    run: listRoles,
  },
  GetRole: { action: 'iam:GetRole', resource: roleResource, run: getRole },
  SimulatePrincipalPolicy: {
    action: 'iam:SimulatePrincipalPolicy',
    resource: (input) => input.text('PolicySourceArn') ?? '',
    run: simulatePrincipalPolicy,
  },
  ListOpenIDConnectProviders: {
    action: 'iam:ListOpenIDConnectProviders',
    resource: (_, { account }) => providerArn(account.id, '*', account.partition),
    run: listProviders,
  },
  GetOpenIDConnectProvider: {
    action: 'iam:GetOpenIDConnectProvider',
    resource: providerResource,
    run: getProvider,
  },
};

const changes: Record<string, Operation<QueryInput>> = {
  PutRolePolicy: { action: 'iam:PutRolePolicy', resource: roleResource, run: putRolePolicy },
  CreateRole: { action: 'iam:CreateRole', resource: roleResource, run: createRole },
  UpdateRole: { action: 'iam:UpdateRole', resource: roleResource, run: updateRole },
  UpdateAssumeRolePolicy: {
    action: 'iam:UpdateAssumeRolePolicy',
    resource: roleResource,
    run: updateAssumeRolePolicy,
  },
  CreateOpenIDConnectProvider: {
    action: 'iam:CreateOpenIDConnectProvider',
    resource: (input, { account }) => providerArn(account.id, input.text('Url') ?? '', account.partition),
    run: createProvider,
  },
  AddClientIDToOpenIDConnectProvider: {
    action: 'iam:AddClientIDToOpenIDConnectProvider',
    resource: providerResource,
    run: addClientId,
  },
  DeleteOpenIDConnectProvider: {
    action: 'iam:DeleteOpenIDConnectProvider',
    resource: providerResource,
    run: deleteProvider,
  },
};

export const iam = queryService({
  signingName: 'iam',
  regional: false,
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: { ...reads, ...changes },
});

function listRoles(input: QueryInput, call: Call): ListRolesResponse {
  const prefix = input.text('PathPrefix') ?? '/';
  const roles = call.account.roles.filter(({ path }) => path.startsWith(prefix));
  const limit = Math.min(input.number('MaxItems') ?? 100, call.cloud.behaviour.pageSize);
  const page = pageOf(roles, limit, input.text('Marker'));
  if (!page) throw new AwsError('ValidationError', 'Invalid Marker.');
  return { Roles: page.items.map(describe), IsTruncated: page.next !== undefined, Marker: page.next };
}

function getRole(input: QueryInput, call: Call): GetRoleResponse {
  return { Role: describe(findRole(input, call)) };
}

/** Policy documents are URL-encoded in IAM's answers (RFC 3986). */
function describe(role: StoredRole): Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

function createRole(input: QueryInput, call: Call): CreateRoleResponse {
  const { account } = call;
  const name = required(input, 'RoleName');
  if (account.roles.some((role) => role.name.toLowerCase() === name.toLowerCase()))
    throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
  const path = input.text('Path') ?? '/';
  const role: StoredRole = {
    arn: roleArn(account.id, name, path, account.partition),
    id: uniqueId('AROA', call.requestId),
    name,
    path,
    trustPolicy: checkTrustPolicy(required(input, 'AssumeRolePolicyDocument')),
    maxSessionDuration: sessionDuration(input) ?? 3600,
    createdAt: new Date(),
  };
  account.roles.push(role);
  recordCall(call, 'CreateRole', { roleName: name, path });
  return { Role: describe(role) };
}

function updateRole(input: QueryInput, call: Call): object {
  const role = findRole(input, call);
  role.maxSessionDuration = sessionDuration(input) ?? role.maxSessionDuration;
  role.description = input.text('Description') ?? role.description ?? '';
  recordCall(call, 'UpdateRole', { roleName: role.name, maxSessionDuration: role.maxSessionDuration });
  return {};
}

function updateAssumeRolePolicy(input: QueryInput, call: Call): object {
  const role = findRole(input, call);
  role.trustPolicy = checkTrustPolicy(required(input, 'PolicyDocument'));
  recordCall(call, 'UpdateAssumeRolePolicy', { roleName: role.name, policyDocument: role.trustPolicy });
  return {};
}

function putRolePolicy(input: QueryInput, call: Call): object {
  const role = findRole(input, call);
  const [name, document] = [required(input, 'PolicyName'), required(input, 'PolicyDocument')];
  role.policies = { ...role.policies, [name]: JSON.parse(document) as SimulatedPolicy };
  recordCall(call, 'PutRolePolicy', { roleName: role.name, policyName: name, policyDocument: document });
  return {};
}

function simulatePrincipalPolicy(input: QueryInput, { account }: Call): object {
  const arn = required(input, 'PolicySourceArn');
  const role = account.roles.find((candidate) => candidate.arn === arn);
  if (!role) throw new AwsError('NoSuchEntity', `The entity ${arn} cannot be found.`, 404);
  const [resource = '*'] = input.list('ResourceArns');
  const more = input.list('PolicyInputList').map((document) => JSON.parse(document) as SimulatedPolicy);
  const results = input.list('ActionNames').map((action) => {
    const found = simulate(account, role, { action, resource }, more);
    return {
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: found.decision,
      MatchedStatements: found.matched.map((name) => ({ SourcePolicyId: name })),
      OrganizationsDecisionDetail: { AllowedByOrganizations: found.allowedByOrganizations },
      ...(found.allowedByBoundary !== null && {
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: found.allowedByBoundary },
      }),
    };
  });
  return { EvaluationResults: results, IsTruncated: false };
}

function listProviders(_: QueryInput, { account }: Call): ListOpenIDConnectProvidersResponse {
  return { OpenIDConnectProviderList: account.providers.map(({ arn }) => ({ Arn: arn })) };
}

function getProvider(input: QueryInput, call: Call): GetOpenIDConnectProviderResponse {
  const { url, clientIds, thumbprints, createdAt } = findProvider(input, call);
  return {
    Url: url,
    ClientIDList: clientIds,
    ThumbprintList: thumbprints,
    CreateDate: createdAt,
    Tags: [],
  };
}

function createProvider(input: QueryInput, call: Call): CreateOpenIDConnectProviderResponse {
  const { account } = call;
  const url = required(input, 'Url');
  if (!/^https:\/\/[^/\s]+\.[^/\s]+/.test(url)) throw new AwsError('InvalidInput', `Invalid URL: ${url}`);
  const arn = providerArn(account.id, url, account.partition);
  if (account.providers.some((provider) => provider.arn === arn))
    throw new AwsError('EntityAlreadyExists', `Provider with url ${url} already exists.`, 409);
  account.providers.push({
    arn,
    url: url.replace('https://', ''),
    clientIds: input.list('ClientIDList'),
    thumbprints: input.list('ThumbprintList'),
    createdAt: new Date(),
  });
  recordCall(call, 'CreateOpenIDConnectProvider', { url, clientIDList: input.list('ClientIDList') });
  return { OpenIDConnectProviderArn: arn };
}

function addClientId(input: QueryInput, call: Call): object {
  const provider = findProvider(input, call);
  const clientId = required(input, 'ClientID');
  if (!provider.clientIds.includes(clientId)) provider.clientIds.push(clientId);
  recordCall(call, 'AddClientIDToOpenIDConnectProvider', {
    openIDConnectProviderArn: provider.arn,
    clientID: clientId,
  });
  return {};
}

function deleteProvider(input: QueryInput, call: Call): object {
  const { account } = call;
  const provider = findProvider(input, call);
  account.providers = account.providers.filter(({ arn }) => arn !== provider.arn);
  recordCall(call, 'DeleteOpenIDConnectProvider', { openIDConnectProviderArn: provider.arn });
  return {};
}

/** Role names are told apart without regard to case. */
function findRole(input: QueryInput, { account }: Call): StoredRole {
  const name = required(input, 'RoleName');
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw new AwsError(
      'ValidationError',
      'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    );
  const role = account.roles.find((known) => known.name.toLowerCase() === name.toLowerCase());
  if (!role) throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  return role;
}

function findProvider(input: QueryInput, { account }: Call): Provider {
  const arn = required(input, 'OpenIDConnectProviderArn');
  const provider = account.providers.find((known) => known.arn === arn);
  if (!provider) throw new AwsError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`, 404);
  return provider;
}

function sessionDuration(input: QueryInput): number | null {
  const seconds = input.number('MaxSessionDuration');
  if (seconds !== null && !(seconds >= 3600 && seconds <= 43_200))
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
    );
  return seconds;
}

function required(input: QueryInput, name: string): string {
  const value = input.text(name);
  if (value) return value;
  const member = name[0]?.toLowerCase() + name.slice(1);
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}
