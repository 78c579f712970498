/** Every example of every kind is recognised as that kind alone, with the values that it names. */
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { explain } from '../../shared/explain/explanation.ts';
import { rules } from '../../shared/rules/index.ts';
import { kindsIn, scanText } from './scan.ts';

const examples = knownErrors.flatMap((kind) =>
  kind.examples.map((example, index) => ({
    kind,
    example,
    name: `${kind.id} ${index + 1}, ${example.from}`,
  })),
);

describe('examples', () => {
  it.each(examples.map((one) => [one.name, one] as const))('%s', (_, { kind, example }) => {
    const { errors } = scanText(example.text);
    expect(errors.map((error) => error.kind.id)).toEqual([kind.id]);
    expect(errors[0]?.cases[0]?.values).toMatchObject(example.values ?? {});
  });

  it('are there for every kind, and every kind can be found by its needles', () => {
    for (const kind of knownErrors) {
      expect([kind.id, kind.examples.length > 0]).toEqual([kind.id, true]);
      for (const needle of kind.needles) expect(needle).not.toMatch(/["\n\\]/);
    }
  });

  it('are told with a cause, a way to decide, and commands without a hole', () => {
    for (const { example, name } of examples) {
      const [one] = explain(scanText(example.text)).explanations;
      expect([name, one?.suspects.length ?? 0]).not.toEqual([name, 0]);
      const texts = [one?.happened, one?.usually, ...(one?.excludes ?? [])];
      const commands = one?.suspects.flatMap((suspect) => suspect.commands) ?? [];
      for (const text of [...texts, ...commands])
        expect([name, text]).toEqual([name, expect.not.stringMatching(/undefined|null\b|\[object|NaN| {2}/)]);
    }
  });
});

describe('the pod that a log names', () => {
  const denied = 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity';

  it.each([
    ['is that of "kubectl logs --prefix"', '[pod/cart-7f85bf9964-kz8lp/app] ', 'cart-7f85bf9964-kz8lp'],
    ['is no level', '[ERROR] ', undefined],
    ['is no thread', '[main] ', undefined],
    ["is no service of Docker's compose", 'cart-1  | ', undefined],
  ])('%s', (_, prefix, pod) => {
    expect(scanText(prefix + denied).errors[0]?.cases[0]?.values.pod).toBe(pod);
  });
});

describe('who was refused', () => {
  const told = (text: string) => {
    const [one] = explain(scanText(text)).explanations;
    return [one?.kind, one?.happened, one?.suspects.flatMap(({ commands }) => commands).join(' ')];
  };
  const refused = (arn: string, why: string) =>
    `User: ${arn} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/x ${why}`;

  it.each([
    [
      'a person with a role of IAM Identity Center',
      'AWSReservedSSO_Admin_0123456789abcdef',
      'ann@example.com',
    ],
    ['a workflow of GitHub', 'deploy', 'GitHubActions'],
  ])('is %s, and no pod', (_, role, session) => {
    const [kind, happened, commands] = told(
      refused(
        `arn:aws:sts::111122223333:assumed-role/${role}/${session}`,
        'with an explicit deny in an identity-based policy',
      ),
    );
    expect(kind).toBe('aws-denied');
    expect(happened).toMatch(`The role ${role} was refused iam:CreateUser`);
    expect(commands).not.toMatch(/kubectl/);
  });

  it('is a user, whose policies are looked at instead of those of a role', () => {
    const [kind, happened, commands] = told(
      refused(
        'arn:aws:iam::111122223333:user/team/ann',
        'because no permissions boundary allows the iam:CreateUser action',
      ),
    );
    expect([kind, happened]).toEqual([
      'aws-user-denied',
      expect.stringMatching(/^The IAM user ann was refused/),
    ]);
    expect(commands).toBe('aws iam get-user --user-name ann --query User.PermissionsBoundary');
  });

  it('is the root user, which has no policies of its own', () => {
    const [, happened, commands] = told(
      refused('arn:aws:iam::111122223333:root', 'with an explicit deny in a service control policy'),
    );
    expect(happened).toMatch(/^The root user of the account was refused/);
    expect(commands).toMatch(
      /^aws organizations list-policies-for-target --target-id 111122223333 --filter SERVICE_CONTROL_POLICY$/,
    );
  });

  it('is refused by a policy that denies, where the text says so', () => {
    const { explanations } = explain(
      scanText(
        refused(
          'arn:aws:sts::111122223333:assumed-role/cart/session-1',
          'with an explicit deny in an identity-based policy',
        ),
      ),
    );
    expect(explanations[0]?.suspects.map(({ cause }) => cause)).toContain(
      'A policy of the role denies iam:CreateUser',
    );
  });
});

describe('kinds', () => {
  it('have ids of their own', () => {
    const ids = knownErrors.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('cover kinds and name rules that exist', () => {
    const ids = new Set(knownErrors.map(({ id }) => id));
    const ruleIds = new Set<string>(rules.map(({ id }) => id));
    for (const kind of knownErrors) {
      expect((kind.covers ?? []).filter((id) => !ids.has(id))).toEqual([]);
      expect(kind.rules.filter((id) => !ruleIds.has(id))).toEqual([]);
    }
  });
});

describe('text that is no such error', () => {
  it.each([
    ['nothing', ''],
    ['a poem', 'The woods are lovely, dark and deep,\nBut I have promises to keep'],
    ['output that is well', 'coredns-7f85bf9964-kz8lp   1/1     Running   0          15d   192.168.100.36'],
    [
      'a trust policy',
      '{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/x"}}',
    ],
    [
      'a call that succeeded',
      '{"eventVersion":"1.08","eventName":"AssumeRoleWithWebIdentity","errorCode":null,"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/a"}}',
    ],
    [
      "an application's own refusal",
      'ActionController: You are not authorized to perform this operation. AccessDenied page shown',
    ],
    ['a policy list', 'Required fields: name, permission for access'],
    ['a web server', '127.0.0.1 - - "GET / HTTP/1.1" 401 Unauthorized'],
    [
      'a link of S3 that has expired, which is no permission',
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message><Expires>2026-01-01T06:00:00Z</Expires></Error>',
    ],
    [
      'kubectl without a kubeconfig',
      'Unable to connect to the server: dial tcp 127.0.0.1:8080: connect: connection refused',
    ],
    [
      'a caller whom neither a cluster nor GitHub vouches for',
      '{"eventVersion":"1.08","userIdentity":{"type":"WebIdentityUser","userName":"project_path:shop/cart:ref_type:branch:ref:main","identityProvider":"arn:aws:iam::111122223333:oidc-provider/gitlab.com"},"eventName":"AssumeRoleWithWebIdentity","errorCode":"AccessDenied","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/a"}}',
    ],
    [
      'a repository of Google that is gone, which is no cluster',
      'googleapi: Error 404: Not found: projects/shop-prod/locations/us/repositories/app, notFound',
    ],
    ['a topic that is gone', 'googleapi: Error 404: Not found: projects/shop-prod/topics/orders.'],
    ['a test of an error', "raise ClientError({'Error': {'Code': 'AccessDenied'}}, 'GetObject')"],
    ['an annotation', 'Annotations: eks.amazonaws.com/role-arn: arn:aws:iam::11112222333:role/AccessEC2role'],
  ])('%s', (_, text) => {
    expect(kindsIn(text)).toEqual([]);
  });
});
