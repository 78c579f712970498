/** Faults in trust policies, each seen by a pod that was denied. */
import { issuerOfProvider, policy, trusts, webIdentityStatement, type PolicyDocument } from '../../trust.ts';
import { providerArn } from '../../identifiers.ts';
import type { DeniedOptions, WorldBuilder } from '../../world-builder.ts';
import {
  blueIssuer,
  keysOf,
  prod,
  prodIssuer,
  serviceAccount,
  shop,
  staging,
  stagingIssuer,
} from './names.ts';

const { sub, aud } = keysOf(prodIssuer);

/** A role of the account and the pods of `prod` that were refused it. */
function refusedRole(
  world: WorldBuilder,
  name: string,
  subject: string,
  trust: PolicyDocument,
  calls: Partial<DeniedOptions> = {},
): void {
  world.role({ name, trust }).denied({ role: name, subject, issuer: prodIssuer, count: 12, ...calls });
}

/** What the EKS documentation asks for, and conditions besides. */
function rightTrustAnd(subject: string, operator: string, condition: Record<string, string>): PolicyDocument {
  const right = { [sub]: subject, [aud]: 'sts.amazonaws.com' };
  const conditions =
    operator === 'StringEquals'
      ? { StringEquals: { ...right, ...condition } }
      : { StringEquals: right, [operator]: condition };
  return policy(webIdentityStatement(prod, conditions));
}

/** `oidc.<region>.eks` instead of `oidc.eks.<region>`. */
export function providerWithItsHostTurnedAround(world: WorldBuilder): void {
  const subject = serviceAccount('catalog', 'api');
  const turned = prod.replace('oidc.eks.eu-west-1', 'oidc.eu-west-1.eks');
  const conditions = { StringEquals: { [sub]: subject, [aud]: 'sts.amazonaws.com' } };
  refusedRole(world, 'catalog-api', subject, policy(webIdentityStatement(turned, conditions)));
}

/** Written for `prod-blue`, which was deleted when `prod` took its place. */
export function policyForTheClusterThatProdReplaced(world: WorldBuilder): void {
  const subject = serviceAccount('search', 'api');
  refusedRole(world, 'search-api', subject, trusts(providerArn(shop, blueIssuer), subject));
}

export function actionForAnotherKindOfCaller(world: WorldBuilder): void {
  const subject = serviceAccount('images', 'resizer');
  const statement = { ...rightStatement(subject), Action: 'sts:AssumeRole' };
  refusedRole(world, 'image-resizer', subject, policy(statement));
}

/** A slash where the colon belongs: no service account has such a name. */
export function subjectThatCannotExist(world: WorldBuilder): void {
  const policyForSlash = trusts(prod, 'system:serviceaccount:shop/cart');
  refusedRole(world, 'shop-cart', serviceAccount('shop', 'cart'), policyForSlash, { count: 42 });
}

/** Another team's service account is annotated with an administrator's role; the role's own caller gets in. */
export function strangerWhoWantsTheAdministratorsRole(world: WorldBuilder): void {
  const admin = serviceAccount('platform', 'admin');
  refusedRole(world, 'platform-admin', serviceAccount('team-b', 'builder'), trusts(prod, admin));
  world.called({ role: 'platform-admin', subject: admin, issuer: prodIssuer, count: 10 });
}

/** Recorded in us-east-1, as are all calls of the global endpoint. */
export function wildcardUnderStringEquals(world: WorldBuilder): void {
  refusedRole(
    world,
    'payments-worker',
    serviceAccount('payments', 'worker'),
    trusts(staging, serviceAccount('payments', '*')),
    { issuer: stagingIssuer, endpoint: 'global' },
  );
}

export function audienceThatNoTokenHas(world: WorldBuilder): void {
  const subject = serviceAccount('reviews', 'api');
  refusedRole(world, 'reviews-api', subject, trusts(prod, subject, 'sts.amazon.com'));
}

export function conditionKeyWithHttps(world: WorldBuilder): void {
  const subject = serviceAccount('shipping', 'labels');
  const keys = { [`https://${sub}`]: subject, [`https://${aud}`]: 'sts.amazonaws.com' };
  const statement = webIdentityStatement(prod, { StringEquals: keys });
  refusedRole(world, 'shipping-labels', subject, policy(statement));
}

export function addressOutsideTheAllowedRange(world: WorldBuilder): void {
  const subject = serviceAccount('bank', 'connector');
  const trust = rightTrustAnd(subject, 'IpAddress', { 'aws:SourceIp': '198.51.100.0/24' });
  refusedRole(world, 'bank-connector', subject, trust, { sourceIp: '52.17.88.201' });
}

export function denyThatMatches(world: WorldBuilder): void {
  const subject = serviceAccount('checkout', 'web');
  const deny = webIdentityStatement(prod, { StringLike: { [sub]: serviceAccount('checkout', '*') } });
  refusedRole(
    world,
    'checkout-web',
    subject,
    policy(rightStatement(subject), { ...deny, Sid: 'FreezeCheckout', Effect: 'Deny' }),
  );
}

/** Version 2008-10-17 takes `${…}` for the characters themselves. */
export function variableUnderTheOldVersion(world: WorldBuilder): void {
  const statement = webIdentityStatement(prod, {
    StringEquals: { [aud]: 'sts.amazonaws.com' },
    StringLike: { [sub]: 'system:serviceaccount:backup:${sts:RoleSessionName}' },
  });
  const old = { ...policy(statement), Version: '2008-10-17' };
  refusedRole(world, 'backup', serviceAccount('backup', 'velero'), old, { sessionName: 'velero' });
}

/** CloudTrail tells the endpoint through which the call came, never its VPC. */
export function vpcThatNoRecordTells(world: WorldBuilder): void {
  const subject = serviceAccount('ledger', 'writer');
  const trust = rightTrustAnd(subject, 'StringEquals', { 'aws:SourceVpc': 'vpc-0f3a91c2d47be8a10' });
  const through = { sourceIp: '10.20.4.17', vpcEndpointId: 'vpce-09d1c7a52be64f383' };
  refusedRole(world, 'ledger-writer', subject, trust, through);
}

export function subjectAndAudienceBothWrong(world: WorldBuilder): void {
  const wrong = trusts(prod, serviceAccount('billing', 'invoice'), 'sts.amazon.com');
  refusedRole(world, 'invoicing', serviceAccount('billing', 'invoicing'), wrong);
}

/** One pod that dies and asks again, all day long; the policy's namespace lacks a letter. */
export function stormOfOneCrashLoopingPod(events: number): (world: WorldBuilder) => void {
  return (world) =>
    refusedRole(
      world,
      'stock-importer',
      serviceAccount('imports', 'stock'),
      trusts(prod, serviceAccount('import', 'stock')),
      { count: events, minutesAgo: { from: 1380, to: 6 } },
    );
}

function rightStatement(subject: string) {
  return webIdentityStatement(prod, {
    StringEquals: { [`${issuerOfProvider(prod)}:sub`]: subject, [aud]: 'sts.amazonaws.com' },
  });
}
