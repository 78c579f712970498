import type { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';

const prefix = 'k8s-aws-v1.';

/** Seconds that the signature is good for; the cluster takes the token for 15 minutes from its date. */
const expiresIn = 60;

/** The header that ties the signature to one cluster. */
const clusterHeader = 'x-k8s-aws-id';

/**
 * The bearer token by which an EKS cluster knows its caller: the address of a GetCallerIdentity call, signed with the
 * client's credentials for the STS endpoint of the cluster's region. The cluster calls it and so learns who that is; it
 * takes no other hosts than those of AWS. `aws eks get-token` makes the same. Nothing is sent here.
 */
export async function makeEksToken(
  { config }: STSClient,
  { name, region }: { name: string; region: string },
): Promise<string> {
  const { credentials, sha256, systemClockOffset, endpointProvider } = config;
  const { url } = endpointProvider({
    Region: region,
    UseDualStack: false,
    UseFIPS: false,
    UseGlobalEndpoint: false,
  });
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256 });
  const { hostname, query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: url.hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: url.hostname, [clusterHeader]: name },
    },
    { expiresIn, signingDate: new Date(Date.now() + systemClockOffset) },
  );
  const fields = Object.entries(query).map(([key, value]) => [key, String(value)]);
  const address = `https://${hostname}/?${new URLSearchParams(fields).toString()}`;
  return prefix + Buffer.from(address).toString('base64url');
}
