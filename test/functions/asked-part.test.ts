import { runAudit, type AuditRequest } from '../../functions/run-audit.ts';
import { rules } from '../../shared/rules/index.ts';
import { clientsOf } from '../collect/observe.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { faultyWorld } from '../cloud/worlds/faulty.ts';

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud(faultyWorld({ stormEvents: 100 }), { lookupsPerSecond: Infinity });
});
afterAll(() => cloud.close());

function audit(asked: Pick<AuditRequest, 'clusters' | 'regions'> = {}) {
  const { discoveryBaseUrl } = cloud;
  const request = {
    clients: clientsOf(cloud),
    rules,
    sinceMs: 86_400_000,
    lookupRate: 1_000,
    discoveryBaseUrl,
  };
  return runAudit({ ...request, ...asked });
}

describe('an audit of a part', () => {
  it('shows of the named cluster what the whole shows of it, under the same ids', async () => {
    const whole = await audit();
    const part = await audit({ clusters: ['staging'] });
    const ofStaging = whole.findings.filter(({ cluster }) => cluster === 'staging').map(({ id }) => id);
    expect(ofStaging.length).toBeGreaterThan(0);
    expect(part.findings.map(({ id }) => id)).toEqual(ofStaging);
    expect(part.summary.bySeverity.high).toBe(ofStaging.length);
  });

  it('shows of the named region only what lies there, and every refused call', async () => {
    const part = await audit({ regions: ['us-east-1'] });
    const latent = part.findings.filter(({ denial }) => denial === null);
    expect(latent.length).toBeGreaterThan(0);
    expect([...new Set(latent.map(({ location }) => location))]).toEqual(['us-east-1']);
    expect(part.findings.length).toBeGreaterThan(latent.length);
  });
});
