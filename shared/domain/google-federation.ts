/**
 * The trust policy of an AWS role that one Google service account may take on, without keys.
 * Source: IAM User Guide, "Available keys for AWS OIDC federation" and "Create a role for OIDC federation".
 */

/** Unique ids of service accounts. */
export const serviceAccountIdPattern = /^\d{15,25}$/;

/** Audiences of identity tokens that can stand in a trust policy as they are. */
export const audiencePattern = /^[\w.:/@-]{1,255}$/;

export interface GoogleTrust {
  /** The unique id of the service account, 15 to 25 digits: an email can be given to another account later. */
  serviceAccountId: string;
  /** The audience that its identity tokens are made for. */
  audience: string;
}

export interface GoogleTrustPolicy {
  Version: '2012-10-17';
  Statement: [
    {
      Sid: string;
      Effect: 'Allow';
      Principal: { Federated: 'accounts.google.com' };
      Action: 'sts:AssumeRoleWithWebIdentity';
      Condition: { StringEquals: Record<string, string> };
    },
  ];
}

/**
 * Lets in tokens of this service account that were made for this audience, and nothing else. The audience is `:oaud`:
 * AWS compares `:aud` with the token's `azp`, which is who asked for the token.
 * @throws {Error} for an id that is none: whatever stands there decides who is let in
 */
export function googleTrustPolicy({ serviceAccountId, audience }: GoogleTrust): GoogleTrustPolicy {
  if (!serviceAccountIdPattern.test(serviceAccountId))
    throw new Error(
      `Cannot trust the Google service account "${serviceAccountId}": give its unique id, which is digits ("gcloud iam service-accounts describe" prints it)`,
    );
  if (!audiencePattern.test(audience))
    throw new Error(`Cannot trust tokens for "${audience}": an audience has letters, digits and ._:/@-`);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'LetInTheAuditorOfGoogleCloud',
        Effect: 'Allow',
        Principal: { Federated: 'accounts.google.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'accounts.google.com:sub': serviceAccountId,
            'accounts.google.com:oaud': audience,
          },
        },
      },
    ],
  };
}
