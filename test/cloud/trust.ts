/** Trust policies, right by default, for worlds to hold and to spoil. */

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal: Record<string, string | string[]> | '*';
  Action: string | string[];
  Condition?: Conditions;
}

/** Operator → key → values. */
export type Conditions = Record<string, Record<string, string | string[]>>;

export interface PolicyDocument {
  Version?: string;
  Statement: Statement[];
}

/** Lets one service account of one issuer assume the role, as the EKS documentation writes it. */
export function trusts(
  provider: string,
  subject: string | string[],
  audience = 'sts.amazonaws.com',
): PolicyDocument {
  const issuer = issuerOfProvider(provider);
  return policy(
    webIdentityStatement(provider, {
      StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: audience },
    }),
  );
}

/** A statement for AssumeRoleWithWebIdentity with conditions of one's own. */
export function webIdentityStatement(provider: string, conditions: Conditions): Statement {
  return {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: conditions,
  };
}

/** Lets an AWS service assume the role. */
export function trustsService(
  service: string,
  actions: string | string[] = 'sts:AssumeRole',
): PolicyDocument {
  return policy({ Effect: 'Allow', Principal: { Service: service }, Action: actions });
}

export function policy(...statements: Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** The issuer without `https://`: the prefix of the condition keys. */
export function issuerOfProvider(provider: string): string {
  return provider.split(':oidc-provider/')[1] ?? provider;
}
