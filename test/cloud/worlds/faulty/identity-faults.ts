/** Faults that lie before the trust policy, or behind it: ARN, role, provider, token, session, region. */
import { eksIssuer, providerArn } from '../../identifiers.ts';
import { trusts } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { prod, prodIssuer, serviceAccount, shop } from './names.ts';

/** The annotation's account has eleven digits, as in AWS's article on denied AssumeRoleWithWebIdentity. */
export function roleArnWithElevenDigits(world: WorldBuilder): void {
  world.denied({
    role: 'arn:aws:iam::11112222333:role/AccessEC2role',
    subject: serviceAccount('serverless', 'aws-sdk'),
    issuer: prodIssuer,
    sessionName: 'botocore-session-1767225600',
    count: 30,
  });
}

export function roleThatDoesNotExist(world: WorldBuilder): void {
  world.denied({
    role: 'search-indexer',
    subject: serviceAccount('search', 'indexer'),
    issuer: prodIssuer,
    count: 18,
  });
}

/** Nothing is recorded: STS answers InvalidIdentityToken before it knows an account. */
export function clusterWhoseIssuerIsNoProvider(world: WorldBuilder): void {
  const issuer = eksIssuer('eu-west-1', 'batch');
  world.cluster({ name: 'batch', region: 'eu-west-1' }).role({
    name: 'batch-runner',
    trust: trusts(providerArn(shop, issuer), serviceAccount('batch', 'runner')),
  });
}

export function providerWithoutTheAudience(world: WorldBuilder): void {
  const issuer = eksIssuer('eu-west-1', 'analytics');
  world
    .cluster({ name: 'analytics', region: 'eu-west-1' })
    .provider({ issuer, clientIds: ['analytics.shop.example'] })
    .role({
      name: 'analytics-loader',
      trust: trusts(providerArn(shop, issuer), serviceAccount('analytics', 'loader')),
    });
}

/** The cluster lives, but what STS needs to verify its tokens does not answer. */
export function issuerThatDoesNotAnswer(world: WorldBuilder): void {
  const issuer = eksIssuer('us-east-1', 'edge');
  world
    .cluster({ name: 'edge', region: 'us-east-1', discovery: 'silent' })
    .provider({ issuer })
    .role({ name: 'edge-sync', trust: trusts(providerArn(shop, issuer), serviceAccount('edge', 'sync')) });
}

/** It was granted twelve hours; since then the role's longest session was cut to one. */
export function sessionLongerThanTheRoleAllows(world: WorldBuilder): void {
  const subject = serviceAccount('exports', 'nightly');
  world.role({ name: 'nightly-export', trust: trusts(prod, subject), maxSessionDuration: 3600 }).called({
    role: 'nightly-export',
    subject,
    issuer: prodIssuer,
    durationSeconds: 43_200,
    minutesAgo: { from: 1260, to: 1260 },
  });
}

export function clusterInARegionWithoutSts(world: WorldBuilder): void {
  world
    .cluster({
      name: 'reporting',
      region: 'eu-central-1',
      healthIssues: [
        {
          code: 'StsRegionalEndpointDisabled',
          message: 'The AWS STS regional endpoint of eu-central-1 is not activated in the account.',
          resourceIds: [],
        },
      ],
    })
    .provider({ issuer: eksIssuer('eu-central-1', 'reporting') });
}

/** The trust policy allows the caller; what denies lies elsewhere, or was mended since. */
export function deniedAlthoughTheTrustPolicyAllows(world: WorldBuilder): void {
  const subject = serviceAccount('mail', 'sender');
  world
    .role({ name: 'mail-sender', trust: trusts(prod, subject) })
    .denied({ role: 'mail-sender', subject, issuer: prodIssuer, count: 6 });
}
