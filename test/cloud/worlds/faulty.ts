/** A world with one of every fault, among workloads that are well. */
import type { RuleId } from '../../../shared/rule.ts';
import { associationArnOf, eksIssuer, providerArn } from '../identifiers.ts';
import { world, type WorldBuilder } from '../world-builder.ts';
import type { World } from '../world.ts';
import * as identity from './faulty/identity-faults.ts';
import * as kubernetes from './faulty/kubernetes-faults.ts';
import * as latent from './faulty/latent-faults.ts';
import { retiredIssuer, shop, shopRole } from './faulty/names.ts';
import * as network from './faulty/network-faults.ts';
import * as pods from './faulty/pod-identities.ts';
import * as permission from './faulty/permission-faults.ts';
import * as trust from './faulty/trust-faults.ts';
import { callersWithHostileTexts } from './faulty/hostile-callers.ts';
import { healthyWorkloads, shopAccount } from './healthy.ts';

/** A fault, the rule that is to find it, and what the rule is to say it of. */
export interface Scenario {
  rule: RuleId;
  /** ARN of the role, provider or cluster, as the caller wrote it where it was denied; id of what lies in a network. */
  about: string;
  add: (world: WorldBuilder) => void;
}

export interface FaultyOptions {
  now?: Date;
  /** Denials of the crash-looping pod. */
  stormEvents?: number;
}

/** One account; every scenario of `faultyScenarios`, and hostile callers besides. */
export function faultyWorld(options: FaultyOptions = {}): World {
  const faulty = world(options);
  shopAccount(faulty);
  healthyWorkloads(faulty);
  for (const { add } of faultyScenarios(options.stormEvents)) add(faulty);
  callersWithHostileTexts(faulty);
  return faulty.build();
}

export function faultyScenarios(stormEvents = 100_000): Scenario[] {
  return [
    ...identityScenarios(),
    ...trustScenarios(stormEvents),
    ...latentScenarios(),
    ...kubernetesScenarios(),
    ...networkScenarios(),
    ...permissionScenarios(),
    ...podScenarios(),
  ];
}

function podScenarios(): Scenario[] {
  const prod = clusterArn('eu-west-1', 'prod');
  const post = clusterArn('eu-west-1', 'post');
  const inPost = (rule: RuleId, add: Scenario['add']) => ({ rule, about: post, add });
  const inProd = (rule: RuleId, name: string, add: Scenario['add']) => ({
    rule,
    about: `${prod} shop/${name}`,
    add,
  });
  return [
    inProd('eks/service-account-not-annotated', 'price-feed', pods.serviceAccountThatWasNeverAnnotated),
    inProd('eks/service-account-annotation-key', 'newsletter', pods.annotationWithAnUnderscore),
    inProd('eks/pod-without-identity', 'returns', pods.podsOlderThanTheirAnnotation),
    inPost('eks/pod-identity-webhook-missing', pods.clusterWithoutWebhookAndAgent),
    // Both faults are of one cluster.
    inPost('eks/pod-identity-agent-missing', () => undefined),
    { rule: 'eks/pod-on-node-role', about: shopRole('eks-node'), add: pods.applicationOnTheNodesRole },
    {
      rule: 'eks/sdk-too-old',
      about: `${prod} ${shopRole('eks-node')} ${pods.oldAgent}`,
      add: pods.programWithAnSdkFromBeforeWebIdentity,
    },
    { rule: 'eks/pod-identity-trust', about: shopRole('gift-cards'), add: pods.roleWithoutTagSession },
    {
      rule: 'eks/pod-identity-association',
      about: associationArn('eu-west-1', 'prod', 'shop/wish-list'),
      add: pods.associationForAServiceAccountThatDoesNotExist,
    },
    inProd('eks/pod-identity-shadows-irsa', 'vouchers', pods.annotationUnderAnAssociation),
  ];
}

function kubernetesScenarios(): Scenario[] {
  return [
    {
      rule: 'eks/irsa-stale-pod',
      about: `${clusterArn('eu-west-1', 'prod')} prices/feed`,
      add: kubernetes.podsOlderThanTheirAnnotation,
    },
    {
      rule: 'eks/irsa-trust-subject',
      about: shopRole('loyalty-points'),
      add: kubernetes.nameThatOnlyTheClusterTells,
    },
  ];
}

function identityScenarios(): Scenario[] {
  return [
    {
      rule: 'eks/irsa-role-arn-malformed',
      about: 'arn:aws:iam::11112222333:role/AccessEC2role',
      add: identity.roleArnWithElevenDigits,
    },
    { rule: 'eks/irsa-role-missing', about: shopRole('search-indexer'), add: identity.roleThatDoesNotExist },
    {
      rule: 'eks/irsa-provider-missing',
      about: providerArn(shop, eksIssuer('eu-west-1', 'batch')),
      add: identity.clusterWhoseIssuerIsNoProvider,
    },
    {
      rule: 'eks/irsa-provider-audience',
      about: providerArn(shop, eksIssuer('eu-west-1', 'analytics')),
      add: identity.providerWithoutTheAudience,
    },
    {
      rule: 'eks/irsa-token-rejected',
      about: clusterArn('us-east-1', 'edge'),
      add: identity.issuerThatDoesNotAnswer,
    },
    {
      rule: 'eks/irsa-session-duration',
      about: shopRole('nightly-export'),
      add: identity.sessionLongerThanTheRoleAllows,
    },
    {
      rule: 'eks/sts-region-disabled',
      about: clusterArn('eu-central-1', 'reporting'),
      add: identity.clusterInARegionWithoutSts,
    },
    {
      rule: 'eks/irsa-denied-outside-trust',
      about: shopRole('mail-sender'),
      add: identity.deniedAlthoughTheTrustPolicyAllows,
    },
  ];
}

function trustScenarios(stormEvents: number): Scenario[] {
  const scenarios: [rule: RuleId, role: string, add: Scenario['add']][] = [
    ['eks/irsa-trust-provider', 'catalog-api', trust.providerWithItsHostTurnedAround],
    ['eks/irsa-trust-other-cluster', 'search-api', trust.policyForTheClusterThatProdReplaced],
    ['eks/irsa-trust-action', 'image-resizer', trust.actionForAnotherKindOfCaller],
    ['eks/irsa-trust-subject', 'shop-cart', trust.subjectThatCannotExist],
    ['eks/irsa-trust-subject', 'platform-admin', trust.strangerWhoWantsTheAdministratorsRole],
    ['eks/irsa-trust-wildcard', 'payments-worker', trust.wildcardUnderStringEquals],
    ['eks/irsa-trust-audience', 'reviews-api', trust.audienceThatNoTokenHas],
    ['eks/irsa-trust-condition-key', 'shipping-labels', trust.conditionKeyWithHttps],
    ['eks/irsa-trust-other-condition', 'bank-connector', trust.addressOutsideTheAllowedRange],
    ['eks/irsa-trust-explicit-deny', 'checkout-web', trust.denyThatMatches],
    ['eks/irsa-trust-policy-version', 'backup', trust.variableUnderTheOldVersion],
    ['eks/irsa-undecided', 'ledger-writer', trust.vpcThatNoRecordTells],
    ['eks/irsa-trust-subject', 'invoicing', trust.subjectAndAudienceBothWrong],
    ['eks/irsa-trust-subject', 'stock-importer', trust.stormOfOneCrashLoopingPod(stormEvents)],
  ];
  return scenarios.map(([rule, role, add]) => ({ rule, about: shopRole(role), add }));
}

function latentScenarios(): Scenario[] {
  return [
    {
      rule: 'eks/irsa-trust-dead-issuer',
      about: shopRole('legacy-importer'),
      add: latent.trustInAnIssuerThatIsGone,
    },
    {
      rule: 'eks/oidc-provider-orphaned',
      about: providerArn(shop, retiredIssuer),
      add: latent.providerOfAClusterThatIsGone,
    },
    {
      rule: 'eks/irsa-trust-too-broad',
      about: shopRole('metrics-reader'),
      add: latent.anyServiceAccountOfTheCluster,
    },
    {
      rule: 'eks/irsa-trust-no-audience',
      about: shopRole('certificate-issuer'),
      add: latent.trustThatLooksAtNoAudience,
    },
  ];
}

function networkScenarios(): Scenario[] {
  return [
    {
      rule: 'eks/sts-unreachable',
      about: network.isolated.privateTable,
      add: network.isolatedClusterWithoutStsEndpoint,
    },
    { rule: 'eks/vpc-dns-disabled', about: network.silent.vpc, add: network.vpcWithoutDns },
    {
      rule: 'eks/endpoint-unreachable',
      about: network.closed.endpoint('ec2'),
      add: network.ec2EndpointThatLetsNobodyIn,
    },
    {
      rule: 'eks/cluster-unhealthy',
      about: clusterArn('eu-west-1', 'archive'),
      add: network.clusterWithASubnetThatIsGone,
    },
    {
      rule: 'eks/coredns-unhealthy',
      about: clusterArn('eu-west-1', 'labs'),
      add: network.coreDnsThatNoNodeTakes,
    },
    {
      rule: 'eks/no-ready-nodes',
      about: clusterArn('eu-west-1', 'nightshift'),
      add: network.clusterWhoseNodesAreAllLost,
    },
  ];
}

/** Its id is made from what it is for. */
function associationArn(region: string, cluster: string, name: string): string {
  return associationArnOf(clusterArn(region, cluster), name);
}

function permissionScenarios(): Scenario[] {
  const scenarios: [about: string, add: Scenario['add']][] = [
    [shopRole('orders-events'), permission.actionThatNoPolicyAllows],
    [shopRole('volume-snapshots'), permission.refusalThatIsEncoded],
    [`${shopRole('tenant-keys')} boundary`, permission.actionOutsideTheBoundary],
    [`${shopRole('geo-replica')} scp deny`, permission.regionThatTheOrganizationForbids],
    [shopRole('self-service'), permission.callThatWouldGiveItMore],
  ];
  return scenarios.map(([about, add]) => ({ rule: 'eks/permission-missing', about, add }));
}

function clusterArn(region: string, name: string): string {
  return `arn:aws:eks:${region}:${shop}:cluster/${name}`;
}
