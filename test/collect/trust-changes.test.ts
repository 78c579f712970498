import { eksIssuer, providerArn } from '../cloud/identifiers.ts';
import { trusts } from '../cloud/trust.ts';
import { world } from '../cloud/world-builder.ts';
import { account, gapsOf, observe, valueOf } from './observe.ts';

const issuer = eksIssuer('eu-west-1', 'prod');
const subject = 'system:serviceaccount:shop:cart';

/** An account with a role that refused its caller. */
function refused() {
  return world()
    .account(account, { regions: ['eu-west-1', 'us-east-1'] })
    .cluster({ name: 'prod', region: 'eu-west-1' })
    .provider({ issuer })
    .role({ name: 'cart', trust: trusts(providerArn(account, issuer), 'system:serviceaccount:a:b') })
    .denied({ role: 'cart', subject, issuer, count: 2 });
}

describe('changes of trust policies', () => {
  it('are none where nobody changed one', async () => {
    expect(valueOf(await observe(refused()), 'denials').trustChanges).toEqual({});
  });

  it('are told by role, and a refused attempt to change one is none', async () => {
    const builder = refused();
    const at = builder.minutesAgo(1);
    const record = (roleName: string, errorCode?: string) => ({
      eventName: 'UpdateAssumeRolePolicy',
      eventSource: 'iam.amazonaws.com',
      eventTime: at.toISOString(),
      awsRegion: 'us-east-1',
      requestParameters: { roleName },
      ...(errorCode && { errorCode }),
    });
    builder.recorded('us-east-1', record('other'), record('cart', 'AccessDenied'));
    const { trustChanges } = valueOf(await observe(builder), 'denials');
    expect(Object.keys(trustChanges ?? {})).toEqual(['other']);
  });

  it('survive throttling, as all look-ups do', async () => {
    const observed = await observe(refused(), {
      prepare: (cloud) =>
        cloud.fail('cloudtrail:LookupEvents', {
          times: 3,
          region: 'us-east-1',
          error: { code: 'ThrottlingException', status: 400, message: 'Rate exceeded' },
        }),
    });
    expect(valueOf(observed, 'denials').trustChanges).toEqual({});
    expect(gapsOf(observed, 'denials')).toEqual([]);
  });
});
