import { soundParts } from '../cloud/eks-parts.ts';
import { world } from '../cloud/world-builder.ts';
import { account, observe, valueOf } from './observe.ts';

const region = 'eu-west-1';
const arn = (name: string) => `arn:aws:eks:${region}:${account}:cluster/${name}`;
const sound = soundParts('prod', region, account);

function twoRegions() {
  return world().account(account, { regions: [region, 'us-east-1'] });
}

describe('what is read of a cluster besides itself', () => {
  it('is what EKS and EC2 hold, over all pages', async () => {
    const observed = await observe(
      twoRegions().cluster({ name: 'prod', region }).cluster({ name: 'other', region: 'us-east-1' }),
    );
    expect(valueOf(observed, 'addons')[arn('prod')]).toEqual(sound.addons);
    expect(valueOf(observed, 'nodegroups')[arn('prod')]).toEqual(sound.nodegroups);
    expect(valueOf(observed, 'insights')[arn('prod')]).toEqual([]);
    expect(valueOf(observed, 'networks')[arn('prod')]).toEqual(sound.network);
    expect(Object.keys(valueOf(observed, 'networks'))).toHaveLength(2);
  });
});
