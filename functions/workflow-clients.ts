/** Makes the clients that find, start and follow the deployed auditor. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
import { sharedConfig, type AwsClientSettings } from './aws-clients.ts';

export function makeWorkflowClients(settings: AwsClientSettings): {
  sfn: SFNClient;
  cloudFormation: CloudFormationClient;
} {
  const config = sharedConfig(settings);
  return { sfn: new SFNClient(config), cloudFormation: new CloudFormationClient(config) };
}
