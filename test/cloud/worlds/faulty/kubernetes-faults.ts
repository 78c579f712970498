/** Refused calls whose cause only the cluster itself shows. */
import { trusts } from '../../trust.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { prod, prodIssuer, serviceAccount, shopRole } from './names.ts';

/** The annotation was changed from the first role to the second; nobody restarted the pods. */
export function podsOlderThanTheirAnnotation(world: WorldBuilder): void {
  const subject = serviceAccount('prices', 'feed');
  world
    .role({ name: 'price-feed', trust: trusts(prod, subject) })
    .role({ name: 'price-feed-v1', trust: trusts(prod, serviceAccount('prices', 'history')) })
    .workload({
      cluster: 'prod',
      namespace: 'prices',
      serviceAccount: 'feed',
      role: 'price-feed',
      pods: [{ roleArn: shopRole('price-feed-v1'), count: 3 }],
    })
    .denied({ role: 'price-feed-v1', subject, issuer: prodIssuer, count: 20 });
}

/** The policy lacks a letter, and the cluster has no service account of the name that it spells. */
export function nameThatOnlyTheClusterTells(world: WorldBuilder): void {
  world.role({ name: 'loyalty-points', trust: trusts(prod, serviceAccount('loyalty', 'point')) }).denied({
    role: 'loyalty-points',
    subject: serviceAccount('loyalty', 'points'),
    issuer: prodIssuer,
    count: 9,
  });
}
