import { awsPermissions } from '../shared/collect/aws/account.ts';

/** The IAM policy that lets the auditor read an account, and nothing else; derived from what the readers declare. */
export function awsReadPolicy() {
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'ClusterwhyReads', Effect: 'Allow', Action: [...awsPermissions()].sort(), Resource: '*' },
    ],
  };
}
