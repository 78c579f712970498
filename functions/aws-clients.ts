/** Makes the AWS clients: credentials, region and endpoint come from the SDK's own environment unless given. */
import { AccountClient } from '@aws-sdk/client-account';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import type { AwsClients } from '../shared/collect/aws/account.ts';

export interface AwsClientSettings {
  /** Profile of the shared configuration files. */
  profile?: string;
  /** The caller's own region; the SDK's where absent, us-east-1 where it has none. */
  region?: string;
  credentials?: NonNullable<STSClientConfig['credentials']>;
  /** One endpoint for every service, instead of AWS. */
  endpoint?: string;
}

/** Everything that the clients have in common. */
type SharedConfig = Pick<
  STSClientConfig,
  'profile' | 'region' | 'credentials' | 'endpoint' | 'retryMode' | 'maxAttempts' | 'requestHandler'
>;

/** The clients for reading one account; those of regions are made one for each, and kept. */
export function makeAwsClients(settings: AwsClientSettings = {}): AwsClients {
  const config = sharedConfig(settings);
  const sts = new STSClient(config);
  // The other clients take the credentials from this one, so that they are looked up, or asked for, once.
  const shared = { ...config, credentials: sts.config.credentials };
  return {
    eks: keptByRegion((region) => new EKSClient({ ...shared, region })),
    // The reader paces LookupEvents itself: retries or waits behind its back would spend the quota that it counts.
    cloudTrail: keptByRegion(
      (region) => new CloudTrailClient({ ...shared, region, retryMode: 'standard', maxAttempts: 1 }),
    ),
    ec2: keptByRegion(async (region) => {
      const { EC2Client } = await import('./lazy-clients.ts');
      return new EC2Client({ ...shared, region });
    }),
    accessAnalyzer: keptByRegion(async (region) => {
      const { AccessAnalyzerClient } = await import('./lazy-clients.ts');
      return new AccessAnalyzerClient({ ...shared, region });
    }),
    iam: new IAMClient(shared),
    sts,
    account: new AccountClient(shared),
  };
}

/** The client that tells whose the credentials are. */
export function makeStsClient(settings: AwsClientSettings = {}): STSClient {
  return new STSClient(sharedConfig(settings));
}

/** The client that lists the accounts of an organization; Organizations has one region for all of a partition. */
export function makeOrganizationsClient(settings: AwsClientSettings = {}): OrganizationsClient {
  return new OrganizationsClient(sharedConfig(settings));
}

/** The clients for storing and sending reports. */
export function makeDeliveryClients(settings: AwsClientSettings = {}): {
  s3: S3Client;
  sns: SNSClient;
  ses: SESv2Client;
} {
  const shared = sharedConfig(settings);
  return {
    s3: new S3Client({ ...shared, forcePathStyle: settings.endpoint !== undefined }),
    sns: new SNSClient(shared),
    ses: new SESv2Client(shared),
  };
}

/** The client for reading a trail's log files, in whatever region their bucket is. */
export function makeArchiveClient(settings: AwsClientSettings = {}): S3Client {
  return new S3Client({
    ...sharedConfig(settings),
    followRegionRedirects: true,
    forcePathStyle: settings.endpoint !== undefined,
  });
}

/** How every client is made. */
export function sharedConfig({ profile, region, credentials, endpoint }: AwsClientSettings): SharedConfig {
  return {
    region: region ?? regionOf(profile),
    retryMode: 'adaptive',
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 60_000,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
    ...(profile !== undefined && { profile }),
    ...(credentials !== undefined && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** The region of the environment or the profile; IAM and STS also work from us-east-1, where neither has one. */
function regionOf(profile: string | undefined): () => Promise<string> {
  const { config } = new STSClient(profile === undefined ? {} : { profile });
  return () => config.region().catch(() => 'us-east-1');
}

function keptByRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>();
  return (region) => {
    const client = clients.get(region) ?? make(region);
    clients.set(region, client);
    return client;
  };
}
