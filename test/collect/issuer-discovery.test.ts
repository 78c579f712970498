import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { issuersIn } from '../../shared/collect/aws/issuer-discovery.ts';
import { eksIssuer, providerArn } from '../cloud/identifiers.ts';
import { trusts } from '../cloud/trust.ts';
import { world } from '../cloud/world-builder.ts';
import { account, gapsOf, observe, reading, valueOf } from './observe.ts';
import { saying } from '../saying.ts';

const region = 'eu-west-1';
const servers: Server[] = [];

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** Where the answers come from instead of the issuers. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function issuerOf(name: string): string {
  return eksIssuer(region, name);
}

function accountTrusting(...names: string[]) {
  const builder = world().account(account, { regions: [region, 'us-east-1'] });
  for (const name of names)
    builder.role({ name, trust: trusts(providerArn(account, issuerOf(name)), 'system:serviceaccount:a:b') });
  return builder;
}

describe('issuerDiscovery', () => {
  it('tells issuers that answer from those that are gone, wherever they are named', async () => {
    const builder = accountTrusting('deleted')
      .cluster({ name: 'prod', region })
      .provider({ issuer: issuerOf('orphaned') })
      .provider({ issuer: issuerOf('foreign') })
      .liveIssuer(issuerOf('foreign'));
    expect(valueOf(await observe(builder), 'issuerDiscovery')).toEqual({
      [issuerOf('prod')]: { state: 'answers' },
      [issuerOf('foreign')]: { state: 'answers' },
      [issuerOf('orphaned')]: { state: 'gone' },
      [issuerOf('deleted')]: { state: 'gone' },
    });
  });

  it('asks no host but those of EKS', async () => {
    const asked: string[] = [];
    const discoveryBaseUrl = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    });
    const builder = accountTrusting('deleted')
      .provider({ issuer: 'https://token.actions.githubusercontent.com' })
      .provider({ issuer: 'https://oidc.eks.eu-west-1.amazonaws.com.evil.example/id/A1' })
      .role({ name: 'ssrf', trust: trusts(providerArn(account, 'https://169.254.169.254/latest'), 'x') });
    await observe(builder, { discoveryBaseUrl: `${discoveryBaseUrl}/` });
    expect(asked).toEqual([
      `/${issuerOf('deleted').slice('https://'.length)}/.well-known/openid-configuration`,
    ]);
  });

  it.each([
    [200, { state: 'answers' }],
    [403, { state: 'gone' }],
    [404, { state: 'gone' }],
    [410, { state: 'gone' }],
    [302, { state: 'unknown', why: saying('it answered with status 302') }],
    [500, { state: 'unknown', why: saying('it answered with status 500') }],
  ])('takes status %i for an answer', async (status, answer) => {
    const discoveryBaseUrl = await serve((_, response) =>
      response.writeHead(status, { location: '/other' }).end(),
    );
    const observed = await observe(accountTrusting('one'), { discoveryBaseUrl });
    expect(valueOf(observed, 'issuerDiscovery')).toEqual({ [issuerOf('one')]: answer });
    expect(reading(observed, 'issuerDiscovery').state).toBe(answer.state === 'unknown' ? 'partial' : 'whole');
  });

  it('does not read a document that never ends', async () => {
    const discoveryBaseUrl = await serve((_, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(more));
    });
    const observed = await observe(accountTrusting('one'), { discoveryBaseUrl });
    expect(valueOf(observed, 'issuerDiscovery')).toEqual({ [issuerOf('one')]: { state: 'answers' } });
  });

  it('is whole where only listed clusters do not answer: EKS says that they live', async () => {
    const discoveryBaseUrl = await serve((_, response) => response.writeHead(503).end());
    const observation = await observe(
      world()
        .account(account, { regions: [region] })
        .cluster({ name: 'prod', region }),
      {
        discoveryBaseUrl,
      },
    );
    expect(reading(observation, 'issuerDiscovery')).toEqual({
      state: 'whole',
      value: { [issuerOf('prod')]: { state: 'unknown', why: saying('it answered with status 503') } },
    });
  });

  it('does not know where nobody answers, and says so once', async () => {
    const observed = await observe(accountTrusting('one', 'two', 'three'), {
      discoveryBaseUrl: 'http://127.0.0.1:9',
    });
    const answers = Object.values(valueOf(observed, 'issuerDiscovery'));
    expect(answers.map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(gapsOf(observed, 'issuerDiscovery')).toMatchObject([
      {
        location: null,
        why: saying(/and of 2 more issuers: .*let the auditor reach the internet/),
      },
    ]);
  });

  it('waits only for the first few where nobody answers', async () => {
    let asked = 0;
    const discoveryBaseUrl = await serve((request) => {
      asked++;
      request.socket.destroy();
    });
    const names = Array.from({ length: 40 }, (_, n) => `gone-${n}`);
    const observed = await observe(accountTrusting(...names), { discoveryBaseUrl });
    expect(asked).toBeLessThanOrEqual(16);
    expect(Object.values(valueOf(observed, 'issuerDiscovery'))).toHaveLength(40);
    expect(Object.values(valueOf(observed, 'issuerDiscovery'))).toContainEqual({
      state: 'unknown',
      why: saying(/not asked/),
    });
  });

  it('is unread where nothing was read that names an issuer', async () => {
    const builder = accountTrusting('one').refuse('iam:*').refuse('eks:*');
    expect(reading(await observe(builder), 'issuerDiscovery').state).toBe('unread');
  });

  it('gives up after five seconds of silence', async () => {
    const discoveryBaseUrl = await serve(() => undefined);
    const observed = await observe(accountTrusting('one'), { discoveryBaseUrl });
    expect(valueOf(observed, 'issuerDiscovery')).toEqual({
      [issuerOf('one')]: { state: 'unknown', why: saying('it did not answer within 5 s') },
    });
  });

  it('asks at most 200 issuers, those without a cluster first', async () => {
    const names = Array.from({ length: 201 }, (_, n) => `gone-${n}`);
    const observed = await observe(accountTrusting(...names).cluster({ name: 'prod', region }));
    const found = valueOf(observed, 'issuerDiscovery');
    expect(Object.values(found).filter(({ state }) => state === 'gone')).toHaveLength(200);
    expect(found[issuerOf('prod')]).toMatchObject({
      state: 'unknown',
      why: saying(/200/),
    });
  });
});

describe('issuersIn()', () => {
  it.each([
    [
      'arn:aws:iam::1:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AB:sub',
      ['https://oidc.eks.us-east-1.amazonaws.com/id/AB'],
    ],
    ['oidc.eks.cn-north-1.amazonaws.com.cn/id/AB', ['https://oidc.eks.cn-north-1.amazonaws.com.cn/id/AB']],
    ['oidc.eks.us-east-1.amazonaws.com.evil.example/id/AB', []],
    ['evil-oidc.eks.us-east-1.amazonaws.com/id/AB', []],
    ['oidc.eks.us-east-1.amazonaws.com@evil.example/id/AB', []],
    ['oidc.us-east-1.eks.amazonaws.com/id/AB', []],
    ['oidc.eks.us-east-1.amazonaws.com/id/', []],
  ])('in %s', (text, issuers) => {
    expect(issuersIn(text)).toEqual(issuers);
  });
});
