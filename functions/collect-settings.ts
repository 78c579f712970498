import type { CollectAwsOptions } from '../shared/collect/aws/account.ts';
import type { Settings } from '../shared/settings.ts';

/** How accounts are read, as the environment says. */
export function collectSettings({
  oidcDiscoveryUrl,
  lookupRate,
}: Settings): Pick<CollectAwsOptions, 'discoveryBaseUrl' | 'lookupRate'> {
  return { lookupRate, ...(oidcDiscoveryUrl !== null && { discoveryBaseUrl: oidcDiscoveryUrl }) };
}
