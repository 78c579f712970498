/** Clients that few runs need: this module is loaded with the first of them. */
export { AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer';
export { EC2Client } from '@aws-sdk/client-ec2';
