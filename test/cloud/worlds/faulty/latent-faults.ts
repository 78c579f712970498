/** Faults that no denied call shows: dead trust, orphans, and trust that lets in too many. */
import { providerArn } from '../../identifiers.ts';
import { policy, trusts, webIdentityStatement } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { keysOf, legacyIssuer, prod, prodIssuer, retiredIssuer, serviceAccount, shop } from './names.ts';

const { sub, aud } = keysOf(prodIssuer);

export function trustInAnIssuerThatIsGone(world: WorldBuilder): void {
  world.role({
    name: 'legacy-importer',
    trust: trusts(providerArn(shop, legacyIssuer), serviceAccount('legacy', 'importer')),
  });
}

export function providerOfAClusterThatIsGone(world: WorldBuilder): void {
  world.provider({ issuer: retiredIssuer, createdAt: world.daysAgo(700) });
}

export function anyServiceAccountOfTheCluster(world: WorldBuilder): void {
  const anyone = {
    StringLike: { [sub]: 'system:serviceaccount:*' },
    StringEquals: { [aud]: 'sts.amazonaws.com' },
  };
  world.role({ name: 'metrics-reader', trust: policy(webIdentityStatement(prod, anyone)) }).called({
    role: 'metrics-reader',
    subject: serviceAccount('monitoring', 'prometheus'),
    issuer: prodIssuer,
    count: 8,
  });
}

export function trustThatLooksAtNoAudience(world: WorldBuilder): void {
  const subject = serviceAccount('ingress', 'certificates');
  const conditions = { StringEquals: { [sub]: subject } };
  world
    .role({ name: 'certificate-issuer', trust: policy(webIdentityStatement(prod, conditions)) })
    .called({ role: 'certificate-issuer', subject, issuer: prodIssuer, count: 8 });
}
