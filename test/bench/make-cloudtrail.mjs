#!/usr/bin/env node
// Writes a synthetic CloudTrail archive in the layout a trail delivers to S3, plus a truth file.
//
//   node make-cloudtrail.mjs --out DIR [--size 64m] [--seed 1] [knobs]     (--help lists the knobs)
//
//   DIR/AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/<account>_CloudTrail_<region>_<time>_<16>.json.gz
//   DIR/truth.json
//
// The same seed and knobs always give the same uncompressed bytes (the gz bytes depend on the zlib in use). All
// identifiers are invented. No dependencies; Node 18 or newer.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';

const KNOBS = {
  out: ['', 'folder to write (required)'],
  seed: ['1', 'any text; the same seed gives the same archive'],
  size: ['64m', 'stop once this much JSON is written (k, m, g = powers of 1024), before compression'],
  records: ['100-2000', 'records per file, lowest-highest (log-uniform); 1-20 imitates a quiet account'],
  accounts: ['3', 'number of accounts'],
  regions: ['us-east-1,eu-west-1,ap-southeast-2', 'regions with a trail'],
  clusters: ['4', 'EKS clusters per account (spread over the regions)'],
  workloads: ['60', 'service accounts per cluster that assume a role'],
  broken: ['0.05', 'share of workloads that are denied'],
  'web-identity': ['0.05', 'share of records that are AssumeRoleWithWebIdentity'],
  errors: ['0.02', 'share of those that are denied'],
  start: ['2024-03-01T00:00:00Z', 'first delivery time; each region delivers every 5 minutes'],
  org: ['', 'organisation id (o-...): adds the folder that an organisation trail adds'],
  level: ['6', 'gzip level'],
  hazards: ['0', '1: also write records and files that mislead naive scanners (listed in truth.json)'],
  pretty: ['0', '1: indent the JSON (real files are compact; re-shipped ones sometimes are not)'],
};

const { values: arg } = parseArgs({
  options: {
    help: { type: 'boolean' },
    ...Object.fromEntries(Object.entries(KNOBS).map(([k, [d]]) => [k, { type: 'string', default: d }])),
  },
});
if (arg.help || !arg.out) {
  for (const [k, [d, what]] of Object.entries(KNOBS))
    console.log(`  --${k.padEnd(13)} ${what} [${d || 'none'}]`);
  process.exit(arg.help ? 0 : 2);
}

const bytes = (s) => {
  const m = /^(\d+)([kmg]?)$/i.exec(s);
  if (!m) throw new Error(`not a size: ${s}`);
  return Number(m[1]) * { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[m[2].toLowerCase()];
};
const targetBytes = bytes(arg.size);
const [minRecords, maxRecords] = arg.records.split('-').map(Number);
const regions = arg.regions.split(',');
const webIdentityShare = Number(arg['web-identity']);
const errorShare = Number(arg.errors);
const hazards = arg.hazards === '1';

// ---------------------------------------------------------------- randomness

/** sfc32, seeded by hashing the seed text. */
const rand = (() => {
  const h = createHash('sha256').update(arg.seed).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((o) => h.readUInt32LE(o));
  return () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
})();
const int = (lo, hi) => lo + Math.floor(rand() * (hi - lo + 1));
const pick = (list) => list[Math.floor(rand() * list.length)];
/** Prefers early entries: a few hot roles, instances and pods, and a long tail. */
const pickHot = (list) => list[Math.floor(rand() ** 3 * list.length)];
const list = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const text = (alphabet, n) => {
  let s = '';
  for (let i = 0; i < n; i++) s += alphabet[(rand() * alphabet.length) | 0];
  return s;
};
const hex = (n) => text('0123456789abcdef', n);
const digits = (n) => text('0123456789', n);
const base32 = (n) => text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', n);
const base62 = (n) => text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', n);
const base64 = (n) => text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', n);
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const ip = () => `${int(3, 99)}.${int(0, 255)}.${int(0, 255)}.${int(1, 254)}`;
const privateIp = () => `10.${int(0, 31)}.${int(0, 255)}.${int(1, 254)}`;
/** Draws from [[weight, value], ...]. */
const weighted = (pairs) => {
  const total = pairs.reduce((sum, [w]) => sum + w, 0);
  return () => {
    let x = rand() * total;
    for (const [w, v] of pairs) if ((x -= w) < 0) return v;
    return pairs.at(-1)[1];
  };
};

// ---------------------------------------------------------------- the invented organisation

const NAMESPACES = [
  'payments',
  'checkout',
  'search',
  'kube-system',
  'data-platform',
  'ml-serving',
  'observability',
  'edge',
];
const APPS = [
  'api',
  'worker',
  'ingest',
  'external-dns',
  'aws-load-balancer-controller',
  'cluster-autoscaler',
  'exporter',
  'reconciler',
  'cert-manager',
  'ebs-csi-controller-sa',
  'fluent-bit',
  'scheduler',
  'notifier',
  'ledger',
  'thumbnailer',
];
const AGENTS = [
  'aws-sdk-go/1.44.116 (go1.19.2; linux; amd64)',
  'aws-sdk-go-v2/1.24.0 os/linux lang/go#1.21.5 md/GOOS#linux md/GOARCH#amd64 api/sts#1.26.5',
  'aws-sdk-java/2.20.140 Linux/5.10.198-187.748.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.9+8-LTS Java/17.0.9 vendor/Amazon.com_Inc. io/sync http/UrlConnection cfg/retry-mode/legacy',
  'Boto3/1.28.62 md/Botocore#1.31.62 ua/2.0 os/linux#5.10.199-190.747.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.31.62',
  'aws-sdk-js/3.481.0 ua/2.0 os/linux#5.10.201-191.748.amzn2.x86_64 lang/js md/nodejs#20.10.0 api/sts#3.481.0',
  'aws-sdk-rust/1.1.4 os/linux lang/rust/1.75.0',
];
const SERVICES = [
  'eks.amazonaws.com',
  'ec2.amazonaws.com',
  'autoscaling.amazonaws.com',
  'config.amazonaws.com',
  'lambda.amazonaws.com',
  'ssm.amazonaws.com',
  'elasticloadbalancing.amazonaws.com',
  'cloudformation.amazonaws.com',
];

/** What STS answers to a web-identity caller it turns away: [weight, errorCode, message(workload)]. */
const DENIALS = [
  [70, 'AccessDenied', () => 'An unknown error occurred'],
  [
    10,
    'InvalidIdentityTokenException',
    (w) => `No OpenIDConnect provider found in your account for https://${w.issuer}`,
  ],
  [6, 'InvalidIdentityTokenException', () => 'Incorrect token audience'],
  [
    6,
    'ExpiredTokenException',
    (w, t) =>
      `Token expired: current date/time ${(t / 1000) | 0} must be before the expiration date/time ${((t / 1000) | 0) - 86400}`,
  ],
  [
    4,
    'InvalidIdentityTokenException',
    () =>
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  ],
  [2, 'IDPCommunicationErrorException', () => 'The identity provider could not be reached'],
  [2, 'RegionDisabledException', () => 'STS is not activated in this region for account'],
];
const drawDenial = weighted(DENIALS.map((d) => [d[0], d]));

const accounts = list(Number(arg.accounts), () => {
  const id = `${int(1, 9)}${digits(11)}`;
  const roleNames = list(40, (i) => `${pick(NAMESPACES)}-${pick(APPS)}-${i}`);
  const account = {
    id,
    roles: roleNames.map((name) => ({
      name,
      arn: `arn:aws:iam::${id}:role/${name}`,
      roleId: `AROA${base32(17)}`,
    })),
    users: list(6, (i) => ({
      name: pick(['ana', 'bo', 'chidi', 'dana', 'eun', 'finn']) + i,
      id: `AIDA${base32(17)}`,
    })),
    instances: list(300, () => `i-0${hex(16)}`),
    volumes: list(300, () => `vol-0${hex(16)}`),
    enis: list(400, () => `eni-0${hex(16)}`),
    keys: list(25, () => uuid()),
    buckets: list(
      40,
      (i) => `${pick(NAMESPACES)}-${pick(['logs', 'artifacts', 'backups', 'exports'])}-${id}-${i}`,
    ),
    digests: list(60, () => hex(64)),
    keyMaterial: hex(64),
    sessions: [],
  };
  // Sessions last an hour or so: the same access key and creation date recur over many records.
  account.sessions = list(120, () => ({
    role: pickHot(account.roles),
    name: pick([
      `i-0${hex(16)}`,
      `${digits(19)}`,
      `botocore-session-${digits(10)}`,
      `eks-${pick(APPS)}-${hex(8)}`,
    ]),
    key: `ASIA${base32(16)}`,
    created: Date.parse(arg.start) - int(0, 3_600_000),
    ip: ip(),
    agent: pick(AGENTS),
  }));
  const clusters = list(Number(arg.clusters), (i) => {
    const region = regions[i % regions.length];
    return {
      name: `prod-${region}-${i}`,
      region,
      issuer: `oidc.eks.${region}.amazonaws.com/id/${text('0123456789ABCDEF', 32)}`,
    };
  });
  account.clusters = clusters;
  account.workloads = clusters.flatMap((cluster) =>
    list(Number(arg.workloads), () => ({
      ...cluster,
      sub: `system:serviceaccount:${pick(NAMESPACES)}:${pick(APPS)}-${int(1, 30)}`,
      role: pick(account.roles),
      agent: pick(AGENTS),
      node: privateIp(),
      nat: ip(),
    })),
  );
  for (const region of regions)
    if (!account.workloads.some((w) => w.region === region)) {
      account.workloads.push({ ...account.workloads[0], region }); // the global endpoint's calls land here too
    }
  for (const w of account.workloads) w.denial = rand() < Number(arg.broken) ? drawDenial() : null;
  for (const region of regions) {
    // every region has at least one broken and one healthy workload
    const here = account.workloads.filter((w) => w.region === region);
    if (!here.some((w) => w.denial)) here[0].denial = drawDenial();
    if (here.every((w) => w.denial))
      account.workloads.push({ ...here[0], sub: `${here[0].sub}-ok`, denial: null });
  }
  account.byRegion = Object.fromEntries(
    regions.map((region) => {
      const here = account.workloads.filter((w) => w.region === region);
      return [region, { broken: here.filter((w) => w.denial), healthy: here.filter((w) => !w.denial) }];
    }),
  );
  return account;
});

// ---------------------------------------------------------------- records

const iso = (t) => new Date(t).toISOString().replace(/\.\d+Z$/, 'Z');
const tls = (host) => ({
  tlsVersion: 'TLSv1.3',
  cipherSuite: 'TLS_AES_128_GCM_SHA256',
  clientProvidedHostHeader: host,
});
const longDate = (t) =>
  new Date(t).toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' });
const sessionToken = () => `IQoJb3JpZ2luX2VjE${base64(int(280, 480))}==`;

const assumedRole = (c, s) => ({
  type: 'AssumedRole',
  principalId: `${s.role.roleId}:${s.name}`,
  arn: `arn:aws:sts::${c.account.id}:assumed-role/${s.role.name}/${s.name}`,
  accountId: c.account.id,
  accessKeyId: s.key,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: s.role.roleId,
      arn: s.role.arn,
      accountId: c.account.id,
      userName: s.role.name,
    },
    webIdFederationData: {},
    attributes: { creationDate: iso(s.created), mfaAuthenticated: 'false' },
  },
});

/** The fields all API-call records share, in the order CloudTrail writes them. */
function record(
  c,
  service,
  name,
  { identity, ipAddress, agent, error, request = null, response = null, extra = {}, readOnly = true, host },
) {
  const s = c.session ?? pickHot(c.account.sessions);
  return {
    eventVersion: '1.09',
    userIdentity: identity ?? assumedRole(c, s),
    eventTime: iso(c.time),
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: c.region,
    sourceIPAddress: ipAddress ?? s.ip,
    userAgent: agent ?? s.agent,
    ...(error && { errorCode: error[0], errorMessage: error[1] }),
    requestParameters: request,
    responseElements: response,
    ...extra,
    requestID: uuid(),
    eventID: uuid(),
    readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: c.account.id,
    eventCategory: 'Management',
    ...(host !== null && { tlsDetails: tls(host ?? `${service}.${c.region}.amazonaws.com`) }),
  };
}

const byService = (c, service) => ({
  identity: { type: 'AWSService', invokedBy: service },
  ipAddress: service,
  agent: service,
  host: null,
});
const maybeDenied = (c, action) =>
  rand() < 0.015
    ? [
        'AccessDenied',
        `User: arn:aws:sts::${c.account.id}:assumed-role/${pickHot(c.account.roles).name}/${digits(19)} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
      ]
    : undefined;
const filters = (name, values) => ({
  filterSet: { items: [{ name, valueSet: { items: values.map((value) => ({ value })) } }] },
});
const tags = (c) => ({
  items: [
    { key: 'kubernetes.io/cluster/' + pick(c.account.clusters).name, value: 'owned' },
    { key: 'Name', value: `${pick(NAMESPACES)}-${pick(APPS)}` },
    { key: 'node.k8s.amazonaws.com/instance_id', value: pick(c.account.instances) },
    { key: 'cost-center', value: digits(5) },
  ],
});

function trustPolicy(w, accountId) {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${w.issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${w.issuer}:sub`]: w.sub, [`${w.issuer}:aud`]: 'sts.amazonaws.com' } },
      },
    ],
  });
}

/** The everyday mix of a busy account, apart from AssumeRoleWithWebIdentity: [weight, make(context)]. */
const drawEvent = weighted([
  [
    8,
    (c) => {
      const role = pickHot(c.account.roles),
        service = pick(SERVICES),
        name = pick([digits(19), `i-0${hex(16)}`]);
      return record(c, 'sts', 'AssumeRole', {
        ...byService(c, service),
        request: { roleArn: role.arn, roleSessionName: name, durationSeconds: 3600 },
        response: {
          credentials: {
            accessKeyId: `ASIA${base32(16)}`,
            sessionToken: sessionToken(),
            expiration: longDate(c.time + 3_600_000),
          },
          assumedRoleUser: {
            assumedRoleId: `${role.roleId}:${name}`,
            arn: `arn:aws:sts::${c.account.id}:assumed-role/${role.name}/${name}`,
          },
        },
        extra: {
          resources: [{ accountId: c.account.id, type: 'AWS::IAM::Role', ARN: role.arn }],
          sharedEventID: uuid(),
        },
      });
    },
  ],
  [5, (c) => record(c, 'sts', 'GetCallerIdentity', {})],
  [
    12,
    (c) => {
      const key = `arn:aws:kms:${c.region}:${c.account.id}:key/${pickHot(c.account.keys)}`;
      return record(c, 'kms', 'Decrypt', {
        error: maybeDenied(c, 'kms:Decrypt'),
        request: {
          encryptionContext: {
            'aws:ebs:id': pick(c.account.volumes),
            SecretARN: `arn:aws:secretsmanager:${c.region}:${c.account.id}:secret:${pick(NAMESPACES)}/${pick(APPS)}-${base62(6)}`,
          },
          encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        },
        extra: {
          additionalEventData: { keyMaterialId: c.account.keyMaterial },
          resources: [{ accountId: c.account.id, type: 'AWS::KMS::Key', ARN: key }],
        },
      });
    },
  ],
  [
    6,
    (c) => {
      const key = `arn:aws:kms:${c.region}:${c.account.id}:key/${pickHot(c.account.keys)}`;
      return record(c, 'kms', 'GenerateDataKey', {
        request: {
          keySpec: 'AES_256',
          encryptionContext: {
            'aws:s3:arn': `arn:aws:s3:::${pickHot(c.account.buckets)}/${pick(NAMESPACES)}/${uuid()}.parquet`,
          },
          keyId: key,
        },
        extra: {
          additionalEventData: { keyMaterialId: c.account.keyMaterial },
          resources: [{ accountId: c.account.id, type: 'AWS::KMS::Key', ARN: key }],
        },
      });
    },
  ],
  [
    6,
    (c) =>
      record(c, 'ec2', 'DescribeInstances', {
        request: {
          maxResults: 1000,
          instancesSet: { items: list(int(1, 12), () => ({ instanceId: pickHot(c.account.instances) })) },
          filterSet: {},
        },
      }),
  ],
  [
    3,
    (c) =>
      record(c, 'ec2', 'DescribeVolumes', {
        request: {
          volumeSet: { items: list(int(1, 6), () => ({ volumeId: pickHot(c.account.volumes) })) },
          filterSet: {},
        },
      }),
  ],
  [
    5,
    (c) =>
      record(c, 'ec2', 'DescribeNetworkInterfaces', {
        request: {
          networkInterfaceIdSet: {},
          ...filters(
            'attachment.instance-id',
            list(int(1, 4), () => pickHot(c.account.instances)),
          ),
          maxResults: 1000,
        },
      }),
  ],
  [
    2,
    (c) =>
      record(c, 'ec2', 'DescribeSecurityGroups', {
        request: {
          securityGroupSet: {},
          securityGroupIdSet: { items: list(int(1, 5), () => ({ groupId: `sg-0${hex(16)}` })) },
          filterSet: {},
        },
      }),
  ],
  [
    1.5,
    (c) =>
      record(c, 'ec2', 'AssignPrivateIpAddresses', {
        readOnly: false,
        request: { networkInterfaceId: pickHot(c.account.enis), ipv4PrefixCount: 1 },
        response: {
          requestId: uuid(),
          networkInterfaceId: pickHot(c.account.enis),
          assignedPrivateIpAddressesSet: {
            assignedPrivateIpAddressSetType: list(int(1, 4), () => ({ privateIpAddress: privateIp() })),
          },
          _return: true,
        },
      }),
  ],
  [
    1,
    (c) =>
      record(c, 'ec2', 'CreateTags', {
        readOnly: false,
        request: { resourcesSet: { items: [{ resourceId: pickHot(c.account.enis) }] }, tagSet: tags(c) },
        response: { requestId: uuid(), _return: true },
      }),
  ],
  [
    0.4,
    (c) =>
      record(c, 'ec2', 'RunInstances', {
        readOnly: false,
        request: {
          instancesSet: { items: [{ imageId: `ami-0${hex(16)}`, minCount: 1, maxCount: 1 }] },
          userData: '<sensitiveDataRemoved>',
          instanceType: 'm6i.2xlarge',
          blockDeviceMapping: {},
          tagSpecificationSet: { items: [{ resourceType: 'instance', tags: tags(c).items }] },
          clientToken: uuid(),
        },
        response: {
          requestId: uuid(),
          reservationId: `r-0${hex(16)}`,
          ownerId: c.account.id,
          instancesSet: {
            items: list(int(1, 2), () => ({
              instanceId: `i-0${hex(16)}`,
              imageId: `ami-0${hex(16)}`,
              instanceState: { code: 0, name: 'pending' },
              privateDnsName: `ip-10-0-${int(0, 255)}-${int(0, 255)}.ec2.internal`,
              instanceType: 'm6i.2xlarge',
              launchTime: c.time,
              placement: { availabilityZone: c.region + 'a', tenancy: 'default' },
              subnetId: `subnet-0${hex(16)}`,
              vpcId: `vpc-0${hex(16)}`,
              privateIpAddress: privateIp(),
              tagSet: tags(c),
              networkInterfaceSet: {
                items: [
                  {
                    networkInterfaceId: `eni-0${hex(16)}`,
                    macAddress: '0a:58:a9:fe:ac:02',
                    groupSet: { items: [{ groupId: `sg-0${hex(16)}`, groupName: 'nodes' }] },
                  },
                ],
              },
            })),
          },
        },
      }),
  ],
  [
    3,
    (c) => {
      const b = pickHot(c.account.buckets);
      return record(c, 's3', 'GetBucketAcl', {
        ...byService(c, 'cloudtrail.amazonaws.com'),
        request: { bucketName: b, Host: `${b}.s3.${c.region}.amazonaws.com`, acl: '' },
        extra: {
          additionalEventData: {
            SignatureVersion: 'SigV4',
            CipherSuite: 'ECDHE-RSA-AES128-GCM-SHA256',
            bytesTransferredIn: 0,
            AuthenticationMethod: 'AuthHeader',
            'x-amz-id-2': base64(76),
            bytesTransferredOut: 568,
          },
          resources: [{ accountId: c.account.id, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${b}` }],
        },
      });
    },
  ],
  [
    3,
    (c) => {
      const b = pickHot(c.account.buckets);
      return record(c, 's3', pick(['HeadBucket', 'GetBucketLocation', 'GetBucketTagging']), {
        error: rand() < 0.1 ? ['NoSuchTagSet', 'The TagSet does not exist'] : undefined,
        request: { bucketName: b, Host: `${b}.s3.${c.region}.amazonaws.com` },
        extra: {
          additionalEventData: {
            SignatureVersion: 'SigV4',
            CipherSuite: 'TLS_AES_128_GCM_SHA256',
            bytesTransferredIn: 0,
            AuthenticationMethod: 'AuthHeader',
            'x-amz-id-2': base64(76),
            bytesTransferredOut: int(0, 900),
          },
          resources: [{ accountId: c.account.id, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${b}` }],
        },
      });
    },
  ],
  [3, (c) => record(c, 'eks', 'DescribeCluster', { request: { name: pick(c.account.clusters).name } })],
  [
    1,
    (c) =>
      record(c, 'eks', 'ListNodegroups', {
        request: { name: pick(c.account.clusters).name, maxResults: 100 },
      }),
  ],
  [
    2,
    (c) => {
      const w = pickHot(c.account.workloads);
      return record(c, 'eks-auth', 'AssumeRoleForPodIdentity', {
        agent: 'amazon-eks-pod-identity-agent/0.1.0',
        request: { clusterName: w.name, token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        response: {
          subject: { namespace: w.sub.split(':')[2], serviceAccount: w.sub.split(':')[3] },
          podIdentityAssociation: {
            associationArn: `arn:aws:eks:${c.region}:${c.account.id}:podidentityassociation/${w.name}/a-${hex(17)}`,
            associationId: `a-${hex(17)}`,
          },
        },
      });
    },
  ],
  [
    3,
    (c) =>
      record(
        c,
        'iam',
        pick(['GetRole', 'ListAttachedRolePolicies', 'ListRolePolicies', 'GetInstanceProfile']),
        { request: { roleName: pickHot(c.account.roles).name }, host: 'iam.amazonaws.com' },
      ),
  ],
  [
    4,
    (c) =>
      record(
        c,
        'ecr',
        pick([
          'GetAuthorizationToken',
          'BatchGetImage',
          'GetDownloadUrlForLayer',
          'BatchCheckLayerAvailability',
        ]),
        {
          request: {
            registryId: c.account.id,
            repositoryName: `${pick(NAMESPACES)}/${pick(APPS)}`,
            imageIds: [{ imageDigest: `sha256:${pickHot(c.account.digests)}` }],
            acceptedMediaTypes: [
              'application/vnd.docker.distribution.manifest.v2+json',
              'application/vnd.oci.image.manifest.v1+json',
            ],
          },
          extra: {
            resources: [
              {
                accountId: c.account.id,
                ARN: `arn:aws:ecr:${c.region}:${c.account.id}:repository/${pick(NAMESPACES)}`,
              },
            ],
          },
        },
      ),
  ],
  [
    4,
    (c) =>
      record(c, 'logs', 'CreateLogStream', {
        readOnly: false,
        error:
          rand() < 0.15
            ? ['ResourceAlreadyExistsException', 'The specified log stream already exists']
            : undefined,
        request: {
          logGroupName: `/aws/containerinsights/${pick(c.account.clusters).name}/application`,
          logStreamName: `${pick(APPS)}-${hex(10)}-${base62(5)}_${pick(NAMESPACES)}_${pickHot(c.account.digests)}.log`,
        },
      }),
  ],
  [
    4,
    (c) =>
      record(c, 'secretsmanager', 'GetSecretValue', {
        error: maybeDenied(c, 'secretsmanager:GetSecretValue'),
        request: { secretId: `${pick(NAMESPACES)}/${pick(APPS)}/database` },
      }),
  ],
  [
    4,
    (c) =>
      record(c, 'ssm', 'UpdateInstanceInformation', {
        readOnly: false,
        request: {
          agentVersion: '3.2.1705.0',
          agentName: 'amazon-ssm-agent',
          agentStatus: 'Active',
          platformType: 'Linux',
          platformName: 'Amazon Linux',
          platformVersion: '2',
          iPAddress: privateIp(),
          computerName: `ip-10-0-${int(0, 255)}-${int(0, 255)}.ec2.internal`,
          instanceId: pickHot(c.account.instances),
          availabilityZone: `${c.region}a`,
          availabilityZoneId: 'use1-az4',
          sSMConnectionChannel: 'ssmmessages',
        },
      }),
  ],
  [
    2,
    (c) =>
      record(c, 'ssm', 'GetParameter', {
        request: { name: `/${pick(NAMESPACES)}/${pick(APPS)}/config`, withDecryption: true },
        extra: {
          resources: [
            {
              accountId: c.account.id,
              ARN: `arn:aws:ssm:${c.region}:${c.account.id}:parameter/${pick(NAMESPACES)}`,
            },
          ],
        },
      }),
  ],
  [
    5,
    (c) =>
      record(c, 'elasticloadbalancing', 'DescribeTargetHealth', {
        request: {
          targetGroupArn: `arn:aws:elasticloadbalancing:${c.region}:${c.account.id}:targetgroup/k8s-${pick(NAMESPACES)}-${pick(APPS)}/${hex(16)}`,
        },
        extra: { apiVersion: '2015-12-01' },
      }),
  ],
  [
    4,
    (c) =>
      record(c, 'autoscaling', 'DescribeAutoScalingGroups', {
        request: {
          autoScalingGroupNames: list(int(1, 6), () => `eks-${pick(APPS)}-${pickHot(c.account.keys)}`),
          maxRecords: 100,
        },
      }),
  ],
  [
    1.5,
    (c) =>
      record(c, 'dynamodb', 'DescribeTable', {
        request: { tableName: `${pick(NAMESPACES)}-${pick(APPS)}` },
        extra: {
          apiVersion: '2012-08-10',
          resources: [
            {
              accountId: c.account.id,
              type: 'AWS::DynamoDB::Table',
              ARN: `arn:aws:dynamodb:${c.region}:${c.account.id}:table/${pick(NAMESPACES)}`,
            },
          ],
        },
      }),
  ],
  [
    0.1,
    (c) =>
      record(c, 'signin', 'ConsoleLogin', {
        identity: {
          type: 'IAMUser',
          principalId: pick(c.account.users).id,
          arn: `arn:aws:iam::${c.account.id}:user/ana0`,
          accountId: c.account.id,
          userName: 'ana0',
        },
        agent:
          'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
        response: { ConsoleLogin: 'Success' },
        extra: {
          additionalEventData: {
            LoginTo: 'https://console.aws.amazon.com/console/home',
            MobileVersion: 'No',
            MFAUsed: 'Yes',
          },
        },
        readOnly: false,
      }),
  ],
  // Rare but real: the name we look for, in records that are something else.
  [
    0.06,
    (c) => {
      const w = pick(c.account.workloads);
      return record(c, 'iam', 'UpdateAssumeRolePolicy', {
        readOnly: false,
        host: 'iam.amazonaws.com',
        request: { roleName: w.role.name, policyDocument: trustPolicy(w, c.account.id) },
      });
    },
  ],
  [
    0.03,
    (c) => {
      const w = pick(c.account.workloads);
      return record(c, 'iam', 'CreateRole', {
        readOnly: false,
        host: 'iam.amazonaws.com',
        request: { roleName: w.role.name, assumeRolePolicyDocument: trustPolicy(w, c.account.id) },
        response: {
          role: {
            path: '/',
            arn: w.role.arn,
            roleName: w.role.name,
            roleId: w.role.roleId,
            createDate: longDate(c.time),
            assumeRolePolicyDocument: encodeURIComponent(trustPolicy(w, c.account.id)),
          },
        },
      });
    },
  ],
  [
    0.05,
    (c) =>
      record(c, 'cloudtrail', 'LookupEvents', {
        request: {
          lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'AssumeRoleWithWebIdentity' }],
          maxResults: 50,
          startTime: longDate(c.time - 3_600_000),
        },
      }),
  ],
  [
    0.02,
    (c) =>
      record(c, 'events', 'PutRule', {
        readOnly: false,
        request: {
          name: 'irsa-denials',
          eventPattern: JSON.stringify({
            source: ['aws.sts'],
            detail: { eventName: ['AssumeRoleWithWebIdentity'], errorCode: ['AccessDenied'] },
          }),
          state: 'ENABLED',
        },
      }),
  ],
  [
    0.02,
    (c) =>
      record(c, 'iam', 'SimulatePrincipalPolicy', {
        host: 'iam.amazonaws.com',
        request: {
          policySourceArn: pick(c.account.roles).arn,
          actionNames: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
        },
      }),
  ],
]);

/** Callers come in bursts: one session makes one kind of call over and over, most of them polling. */
function burstyEvents(c) {
  let left = 0,
    make,
    last;
  return () => {
    if (left-- <= 0) {
      left = Math.floor(-Math.log(1 - rand()) * 12);
      make = drawEvent();
      last = null;
      c.session = pickHot(c.account.sessions);
    }
    if (last && !last.responseElements && rand() < 0.6) {
      return { ...last, eventTime: iso(c.time), requestID: uuid(), eventID: uuid() };
    }
    return (last = make(c));
  };
}

/** One AssumeRoleWithWebIdentity record. Denied ones enter the truth, unless told otherwise. */
function webIdentity(c, { denied = rand() < errorShare, count = true } = {}) {
  const { broken, healthy } = c.account.byRegion[c.region];
  const w = pickHot(denied ? broken : healthy);
  const name = w.agent.startsWith('Boto3')
    ? `botocore-session-${(c.time / 1000) | 0}`
    : `${c.time}${digits(6)}`;
  const provider = `arn:aws:iam::${c.account.id}:oidc-provider/${w.issuer}`;
  // A token that fails signature, audience or issuer checks leaves no provider in the record.
  const verified = !denied || w.denial[1] === 'AccessDenied';
  const r = record(c, 'sts', 'AssumeRoleWithWebIdentity', {
    identity: {
      type: 'WebIdentityUser',
      ...(verified && { principalId: `${provider}:sts.amazonaws.com:${w.sub}` }),
      userName: w.sub,
      ...(verified && { identityProvider: provider }),
    },
    ipAddress: w.nat,
    agent: w.agent,
    error: denied ? [w.denial[1], w.denial[2](w, c.time)] : undefined,
    request: { roleArn: w.role.arn, roleSessionName: name, ...(rand() < 0.3 && { durationSeconds: 3600 }) },
    response: denied
      ? null
      : {
          credentials: {
            accessKeyId: `ASIA${base32(16)}`,
            sessionToken: sessionToken(),
            expiration: longDate(c.time + 3_600_000),
          },
          subjectFromWebIdentityToken: w.sub,
          assumedRoleUser: {
            assumedRoleId: `${w.role.roleId}:${name}`,
            arn: `arn:aws:sts::${c.account.id}:assumed-role/${w.role.name}/${name}`,
          },
          provider,
          audience: 'sts.amazonaws.com',
        },
    extra: denied
      ? {}
      : { resources: [{ accountId: c.account.id, type: 'AWS::IAM::Role', ARN: w.role.arn }] },
  });
  if (denied && count) tellDenied(r, w);
  return r;
}

// ---------------------------------------------------------------- truth

const truth = {
  generator: 'make-cloudtrail 1',
  options: arg,
  files: 0,
  jsonBytes: 0,
  gzBytes: 0,
  records: 0,
  webIdentity: 0,
  denied: 0,
  byError: {},
  decoys: 0, // records that mention AssumeRoleWithWebIdentity but are another event
  groups: 0,
  topGroups: [],
  allGroupsSha256: '',
  deniedEventIdsSha256: '',
  contentSha256: '',
  damaged: [],
  skipped: [],
  hazards: [],
};
const groups = new Map();
const deniedIds = [];
const content = createHash('sha256');

function tellDenied(r, w) {
  truth.denied++;
  truth.byError[r.errorCode] = (truth.byError[r.errorCode] ?? 0) + 1;
  const key = [r.requestParameters.roleArn, r.userIdentity.userName, w.issuer, r.errorCode].join(' | ');
  groups.set(key, (groups.get(key) ?? 0) + 1);
  deniedIds.push(r.eventID);
}

// ---------------------------------------------------------------- files

const stamp = (t) =>
  iso(t)
    .replace(/[-:]/g, '')
    .replace(/\d\dZ$/, 'Z');
const day = (t) => iso(t).slice(0, 10).replaceAll('-', '/');
const root = join(arg.out, 'AWSLogs', arg.org);

function logPath(account, region, t, kind = 'CloudTrail') {
  return join(
    root,
    account.id,
    kind,
    region,
    day(t),
    `${account.id}_${kind}_${region}_${stamp(t)}_${base62(16)}.json.gz`,
  );
}
function put(path, data) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}
function stringify(records) {
  return arg.pretty === '1'
    ? JSON.stringify({ Records: records }, null, 2)
    : JSON.stringify({ Records: records });
}
function putLog(account, region, t, records, gzip = (json) => gzipSync(json, { level: Number(arg.level) })) {
  const json = Buffer.from(stringify(records));
  const gz = gzip(json);
  const path = logPath(account, region, t);
  put(path, gz);
  content.update(json);
  truth.files++;
  truth.jsonBytes += json.length;
  truth.gzBytes += gz.length;
  truth.records += records.length;
  for (const r of records) {
    if (r.eventName === 'AssumeRoleWithWebIdentity') truth.webIdentity++;
    else if (
      r.eventName in
      { UpdateAssumeRolePolicy: 1, CreateRole: 1, LookupEvents: 1, PutRule: 1, SimulatePrincipalPolicy: 1 }
    )
      truth.decoys++;
  }
  return path;
}

/** Inputs that have misled real scanners. Each is described in truth.hazards. */
function putHazards(account, region, t) {
  const c = { account, region, time: t };
  const fake = {
    eventVersion: '1.08',
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    errorCode: 'AccessDenied',
    eventID: uuid(),
    requestParameters: { roleArn: account.roles[0].arn },
  };
  const deniedRecord = (count = true) => webIdentity(c, { denied: true, count });
  const relative = (path) => path.slice(join(arg.out, '/').length);
  const note = (what, path) => truth.hazards.push({ what, path: relative(path) });
  const filler = () => list(20, burstyEvents(c));

  note(
    'a whole denied record nested, unescaped, in the request of another event: counts as none',
    putLog(account, region, t, [
      ...filler(),
      record(c, 'cloudtrail-data', 'PutAuditEvents', { request: { auditEvents: [fake, fake], fake } }),
      ...filler(),
    ]),
  );
  note(
    'the same as an escaped string: counts as none',
    putLog(account, region, t, [
      ...filler(),
      record(c, 'cloudtrail-data', 'PutAuditEvents', {
        request: { auditEvents: [{ id: uuid(), eventData: JSON.stringify(fake) }] },
      }),
      ...filler(),
    ]),
  );
  note(
    'user agent and session name with record separators, braces, quotes and backslashes: counts 1',
    putLog(account, region, t, [
      ...filler(),
      {
        ...deniedRecord(),
        userAgent:
          'x"},{"eventVersion":"1.08","eventName":"AssumeRoleWithWebIdentity","errorCode":"AccessDenied"},{\\"\\\\',
      },
      ...filler(),
    ]),
  );
  note(
    'eventVersion is not the first key; errorCode comes before eventName: counts 1',
    putLog(account, region, t, [
      ...filler(),
      Object.fromEntries(Object.entries(deniedRecord()).reverse()),
      ...filler(),
    ]),
  );
  note(
    'a 3 MB record next to a denied one, and a denied record of 1.5 MB: counts 2',
    putLog(account, region, t, [
      ...filler(),
      record(c, 'iam', 'PutRolePolicy', {
        request: {
          policyDocument: JSON.stringify({
            Statement: list(30000, () => ({ Action: 'sts:AssumeRoleWithWebIdentity', Resource: uuid() })),
          }),
        },
      }),
      deniedRecord(),
      { ...deniedRecord(), userAgent: base62(1_500_000) },
      ...filler(),
    ]),
  );
  note(
    'names outside ASCII, two to four bytes a character: counts 1',
    putLog(account, region, t, [
      ...filler(),
      { ...deniedRecord(), userAgent: 'agent/ünïcödé 日本語 🔑🔑🔑 \u2028 \u0000' },
      ...filler(),
    ]),
  );
  note('no records: counts 0', putLog(account, region, t, []));
  note(
    'one gzip file of three members, one ending inside a record: counts 1',
    putLog(account, region, t, [...filler(), deniedRecord(), ...filler()], (json) => {
      const [a, b] = [Math.floor(json.length / 3), Math.floor((json.length * 2) / 3)];
      return Buffer.concat(
        [json.subarray(0, a), json.subarray(a, b), json.subarray(b)].map((part) => gzipSync(part)),
      );
    }),
  );
  const lookalikes = [
    { ...deniedRecord(false), errorCode: undefined, errorMessage: undefined },
    { ...deniedRecord(false), eventName: 'AssumeRoleWithSAML' },
    { ...deniedRecord(false), eventSource: 'not-sts.example.com' },
  ];
  note(
    'no errorCode; another event name; another event source: counts 0',
    putLog(account, region, t, [...filler(), ...lookalikes, ...filler()]),
  );

  // Beyond the log files proper.
  const digest = logPath(account, region, t, 'CloudTrail-Digest');
  put(
    digest,
    gzipSync(
      JSON.stringify({
        awsAccountId: account.id,
        digestStartTime: iso(t - 3_600_000),
        digestEndTime: iso(t),
        logFiles: [{ s3Object: 'x', hashValue: hex(64) }],
      }),
    ),
  );
  const insight = logPath(account, region, t, 'CloudTrail-Insight');
  put(
    insight,
    gzipSync(
      JSON.stringify({
        Records: [
          {
            eventVersion: '1.07',
            eventTime: iso(t),
            awsRegion: region,
            eventID: uuid(),
            eventType: 'AwsCloudTrailInsight',
            recipientAccountId: account.id,
            sharedEventID: uuid(),
            insightDetails: {
              state: 'Start',
              eventSource: 'sts.amazonaws.com',
              eventName: 'AssumeRoleWithWebIdentity',
              insightType: 'ApiErrorRateInsight',
              errorCode: 'AccessDenied',
              insightContext: { statistics: { baseline: { average: 0.1 }, insight: { average: 42 } } },
            },
            eventCategory: 'Insight',
          },
        ],
      }),
    ),
  );
  truth.skipped.push(relative(digest), relative(insight)); // not log files: a scan of CloudTrail/ never sees them

  const whole = gzipSync(stringify([...filler(), ...filler()]));
  const damaged = {
    'truncated in the middle': whole.subarray(0, whole.length >> 1),
    'bad checksum': Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8, 0xff)]),
    'not gzip': Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    'zero bytes': Buffer.alloc(0),
    'gzip of cut-off JSON': gzipSync(stringify(filler()).slice(0, -500)),
  };
  for (const [what, data] of Object.entries(damaged)) {
    const path = logPath(account, region, t);
    put(path, data);
    truth.damaged.push({ what, path: relative(path) });
  }
}

let time = Date.parse(arg.start);
if (hazards) putHazards(accounts[0], regions[0], time);
while (truth.jsonBytes < targetBytes) {
  for (const account of accounts) {
    for (const region of regions) {
      if (truth.jsonBytes >= targetBytes) break;
      const n = Math.round(minRecords * (maxRecords / minRecords) ** rand());
      const c = { account, region, time };
      const other = burstyEvents(c);
      putLog(
        account,
        region,
        time,
        list(n, (i) => {
          c.time = time - 300_000 + Math.floor((i / n) * 300) * 1000;
          return rand() < webIdentityShare ? webIdentity(c) : other();
        }),
      );
    }
  }
  time += 300_000;
  for (const account of accounts)
    for (const s of account.sessions) {
      // sessions expire, and are renewed
      if (time - s.created > 3_600_000) {
        s.created = time - int(0, 300_000);
        s.key = `ASIA${base32(16)}`;
      }
    }
}

const sortedGroups = [...groups].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
truth.groups = groups.size;
truth.topGroups = sortedGroups.slice(0, 20);
const sha256 = (lines) => createHash('sha256').update(lines.join('\n')).digest('hex');
truth.allGroupsSha256 = sha256(sortedGroups.map(([k, n]) => `${k} ${n}`));
truth.deniedEventIdsSha256 = sha256(deniedIds.sort());
truth.contentSha256 = content.digest('hex');
truth.bytesPerRecord = Math.round(truth.jsonBytes / truth.records);
truth.compressionRatio = Number((truth.jsonBytes / truth.gzBytes).toFixed(2));
put(join(arg.out, 'truth.json'), JSON.stringify(truth, null, 2) + '\n');
const {
  files,
  records,
  webIdentity: wi,
  denied,
  jsonBytes,
  gzBytes,
  bytesPerRecord,
  compressionRatio,
} = truth;
console.log(
  JSON.stringify({
    files,
    records,
    webIdentity: wi,
    denied,
    groups: groups.size,
    jsonBytes,
    gzBytes,
    bytesPerRecord,
    compressionRatio,
  }),
);
