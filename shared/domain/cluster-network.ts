/** The part of a VPC that decides whether a cluster's pods reach an AWS endpoint, from EC2. */

export interface ClusterNetwork {
  vpcId: string;
  dnsSupport: boolean | null;
  dnsHostnames: boolean | null;
  /** The subnets of the cluster and its node groups. */
  subnets: Subnet[];
  /** Interface and gateway endpoints of the VPC. */
  endpoints: VpcEndpoint[];
  /** NAT gateways of the VPC. */
  natGateways: NatGateway[];
  /** The security groups of the cluster, its nodes and the endpoints, by id. */
  securityGroups: Record<string, { name: string; ingress: TrafficRule[]; egress: TrafficRule[] }>;
}

export interface NatGateway {
  id: string;
  subnetId: string;
  /** `available`, `pending`, `failed`, `deleting` or `deleted`. */
  state: string;
  connectivity: 'public' | 'private';
  /** What applies to its subnet; null where that was not read. */
  routes: Route[] | null;
}

export interface Route {
  /** An address range, or the id of a prefix list. */
  destination: string;
  /** Id of a gateway, interface, instance, peering …; `local` for the VPC itself. */
  target: string;
  /** `active` or `blackhole`. */
  state: string;
}

export interface Subnet {
  id: string;
  availabilityZone: string;
  /** Its IPv4 range; null where it has none. */
  cidr: string | null;
  /** Active and blackholed routes of the table that applies (the main one where none is associated). */
  routes: Route[];
  routeTableId: string | null;
  mapPublicIp: boolean;
  freeAddresses: number | null;
}

export interface VpcEndpoint {
  id: string;
  /** `com.amazonaws.<region>.sts` … */
  serviceName: string;
  type: string;
  state: string;
  privateDns: boolean;
  subnetIds: string[];
  securityGroupIds: string[];
  /** Its policy document, parsed; null where it is the default that allows all, or was not given. */
  policy: unknown;
}

/** One permission of a security group. */
export interface TrafficRule {
  /** `tcp`, `udp`, `icmp` …; `-1` for all. */
  protocol: string;
  /** Null for all ports. */
  fromPort: number | null;
  toPort: number | null;
  cidrs: string[];
  groupIds: string[];
  prefixLists: string[];
}
