/** Every kind of error that is known, in the order of the articles. */
import type { ErrorKind } from './error-kind.ts';
import { awsCallerKinds } from './kinds/aws-callers.ts';
import { awsCredentialKinds } from './kinds/aws-credentials.ts';
import { awsDeniedKinds } from './kinds/aws-denied.ts';
import { awsEndpointKinds } from './kinds/aws-endpoint.ts';
import { awsPodIdentityKinds } from './kinds/aws-pod-identity.ts';
import { awsWebIdentityKinds } from './kinds/aws-web-identity.ts';
import { gkeAccountKinds } from './kinds/gke-account.ts';
import { gkeClusterKinds } from './kinds/gke-cluster.ts';
import { gkeConnectionKinds } from './kinds/gke-connection.ts';
import { gkePermissionKinds } from './kinds/gke-permission.ts';
import { googleDeniedKinds } from './kinds/google-denied.ts';

export const knownErrors: readonly ErrorKind[] = [
  ...awsCredentialKinds,
  ...awsEndpointKinds,
  ...awsWebIdentityKinds,
  ...awsPodIdentityKinds,
  ...awsDeniedKinds,
  ...awsCallerKinds,
  ...gkeConnectionKinds,
  ...gkeClusterKinds,
  ...gkePermissionKinds,
  ...gkeAccountKinds,
  ...googleDeniedKinds,
];
