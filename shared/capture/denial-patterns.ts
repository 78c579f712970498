/**
 * The refused calls that are captured, as patterns of EventBridge
 * (docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html). A call that succeeded matches none.
 */

/** CloudTrail spells a refusal in several ways; S3, EC2 and SNS have their own. */
const refusals = [
  { wildcard: '*AccessDenied*' },
  { wildcard: '*Unauthorized*' },
  { wildcard: '*NotAuthorized*' },
  { wildcard: '*Forbidden*' },
  { wildcard: 'AuthorizationError*' },
];

const fromCloudTrail = { 'detail-type': ['AWS API Call via CloudTrail'] };

/** By what is refused; each is a rule. */
export const denialPatterns: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  /** The credentials of a role for service accounts (IRSA). */
  WebIdentity: {
    ...fromCloudTrail,
    detail: {
      eventSource: ['sts.amazonaws.com'],
      eventName: ['AssumeRoleWithWebIdentity'],
      errorCode: [{ exists: true }],
    },
  },
  /** The credentials of EKS Pod Identity. */
  PodIdentity: {
    ...fromCloudTrail,
    detail: {
      eventSource: ['eks-auth.amazonaws.com'],
      eventName: ['AssumeRoleForPodIdentity'],
      errorCode: [{ exists: true }],
    },
  },
  /** A call with credentials that a service account got for a token of an EKS cluster. */
  WebIdentitySession: {
    ...fromCloudTrail,
    detail: {
      errorCode: refusals,
      userIdentity: {
        sessionContext: {
          webIdFederationData: { federatedProvider: [{ wildcard: '*oidc-provider/oidc.eks.*' }] },
        },
      },
    },
  },
  /** A call with credentials of EKS Pod Identity, whose sessions are named `eks-…`. */
  PodIdentitySession: {
    ...fromCloudTrail,
    detail: {
      errorCode: refusals,
      userIdentity: { type: ['AssumedRole'], principalId: [{ wildcard: '*:eks-*' }] },
    },
  },
};
