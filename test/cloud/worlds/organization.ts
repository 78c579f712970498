/** An organization of many accounts, most of them sound: what a nightly run over all of them meets. */
import { trusts, type PolicyDocument } from '../trust.ts';
import { providerArn, eksIssuer } from '../identifiers.ts';
import { world, type WorldBuilder } from '../world-builder.ts';
import type { OrganizationalUnit, World } from '../world.ts';

export const managementAccount = '111122223333';
export const organizationId = 'o-example1234';
export const memberRole = 'clusterwhy-member';

export interface OrganizationOptions {
  now?: Date;
  /** With the management account. */
  accounts?: number;
}

const regions = ['eu-west-1', 'us-east-1', 'eu-central-1'];

/** The id of the account at an index; that of the management account is the first. */
export function memberAccount(index: number): string {
  return index === 0 ? managementAccount : String(200_000_000_000 + index);
}

/** What is wrong with an account, by its index: every tenth denies a workload, and a few are in trouble themselves. */
export function troubleOf(
  index: number,
): 'denied' | 'no role' | 'refuses' | 'throttled' | 'suspended' | null {
  if (index % 10 === 3) return 'denied';
  const rare: Record<number, ReturnType<typeof troubleOf>> = {
    5: 'no role',
    17: 'refuses',
    18: 'throttled',
    19: 'suspended',
  };
  return rare[index % 100] ?? null;
}

/** Units by turns: production, staging, and the root itself. */
export function organizationWorld({ now, accounts = 30 }: OrganizationOptions = {}): World {
  const builder = world(now ? { now } : {});
  const root: OrganizationalUnit = { id: 'r-ab12', name: 'Root', units: [], accounts: [] };
  const units = ['Production', 'Staging'].map((name, index) => ({
    id: `ou-ab12-unit000${index}`,
    name,
    units: [],
    accounts: [] as OrganizationalUnit['accounts'],
  }));
  for (let index = 0; index < accounts; index++) {
    addMember(builder, index);
    const parent = index === 0 ? root : (units[index % 2] ?? root);
    parent.accounts.push({
      id: memberAccount(index),
      name: `team-${index}`,
      status: troubleOf(index) === 'suspended' ? 'SUSPENDED' : 'ACTIVE',
      tags: { team: `team-${index % 7}`, ...(index % 2 === 0 && { stage: 'prod' }) },
    });
  }
  builder
    .account(managementAccount)
    .topic('clusterwhy', 'eu-west-1')
    .topic('clusterwhy-alarms', 'eu-west-1')
    .mailIdentity('clusterwhy@shop.example')
    .bucket('clusterwhy-reports')
    .behaviour({ lookupsPerSecond: Infinity, pageSize: 100 });
  const organization = {
    id: organizationId,
    managementAccount,
    root: { ...root, units },
  };
  return { ...builder.build(), organization };
}

function addMember(builder: WorldBuilder, index: number): void {
  const id = memberAccount(index);
  const cluster = `cluster-${index}`;
  const issuer = eksIssuer('eu-west-1', cluster);
  const provider = providerArn(id, issuer);
  const subject = 'system:serviceaccount:shop:cart';
  builder
    .account(id, { regions })
    .cluster({ name: cluster, region: 'eu-west-1' })
    .provider({ issuer })
    .role({ name: 'cart', trust: trusts(provider, subject) });
  const trouble = troubleOf(index);
  if (trouble !== 'no role' && index > 0) builder.role({ name: memberRole, trust: lettingIn() });
  if (trouble === 'refuses') builder.refuse('eks:*').refuse('iam:*');
  if (trouble === 'denied')
    builder.role({ name: 'stock', trust: trusts(provider, 'system:serviceaccount:shop:stok') }).denied({
      role: 'stock',
      subject: 'system:serviceaccount:shop:stock',
      issuer,
      count: 3,
      minutesAgo: { from: 60, to: 5 },
    });
}

function lettingIn(): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${managementAccount}:role/auditor` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'an-external-id' } },
      },
    ],
  };
}
