/** One log may hold an error for several roles or clusters: each case is told with its own commands. */
import stringWidth from 'string-width';
import { explain, type Explanation } from '../../shared/explain/explanation.ts';
import { renderExplanations } from '../../shared/render/explanation-text.ts';
import { scanText } from './scan.ts';

const refused = (
  role: string,
  how: string,
  action = 's3:PutObject',
  on = 'arn:aws:s3:::shop-orders/1.json',
) =>
  `An error occurred (AccessDenied) when calling the ${action.split(':')[1]} operation: User: arn:aws:sts::111122223333:assumed-role/${role} is not authorized to perform: ${action} on resource: "${on}" ${how}`;
const noAllow = 'because no identity-based policy allows the s3:PutObject action';
const byControl = 'with an explicit deny in a resource control policy';
const webIdentity = (role: string) =>
  `Error calling AssumeRole for role arn:aws:iam::111122223333:role/${role}\n ---> Not authorized to perform sts:AssumeRoleWithWebIdentity`;

function explained(...lines: string[]): Explanation {
  const { explanations } = explain(scanText(lines.join('\n')), 'ja');
  expect(explanations.length).toBe(1);
  return explanations[0]!;
}

const print = (one: Explanation, language: 'en' | 'ja' = 'en', width = 80) =>
  renderExplanations({ schemaVersion: 1, lines: 1, explanations: [one] }, { width, color: false, language });
const plain = (text: string) => text.replaceAll(/\s+/g, ' ');
const commandsOf = ({ suspects }: Pick<Explanation, 'suspects'>) =>
  suspects.flatMap(({ commands }) => commands);

describe('cases with different suspects', () => {
  const one = explained(
    refused('cart/session-a', noAllow),
    refused('cart/session-b', noAllow),
    refused('web/session-c', byControl, 'sts:AssumeRole', 'arn:aws:iam::444455556666:role/ship'),
  );

  it('have each their own, with their own commands', () => {
    expect(one.cases.map(({ values, count }) => [values.roleName, count])).toEqual([
      ['cart', 2],
      ['web', 1],
    ]);
    expect(commandsOf(one).filter((command) => /organizations|web/.test(command))).toEqual([]);
    const [other] = one.otherCases;
    expect(other?.values).toEqual(one.cases[1]?.values);
    expect(other?.happened).toMatch(/^The role web was refused sts:AssumeRole/);
    expect(other?.suspects.map(({ cause }) => cause)).toEqual([
      'A resource control policy of the organization forbids it',
    ]);
    expect(commandsOf(other!)).toEqual([
      'aws organizations list-policies-for-target --target-id 444455556666 --filter RESOURCE_CONTROL_POLICY',
    ]);
  });

  it('do not name the role that was to be assumed as the one that was refused', () => {
    expect(one.cases[1]?.values.roleArn).toBeUndefined();
  });

  it.each(['en', 'ja'] as const)('are printed one behind the other, in %s', (language) => {
    const text = print(one, language);
    const places = [
      language === 'en' ? 'Case 1/2' : '対象 1/2',
      'aws iam list-attached-role-policies --role-name cart',
      language === 'en' ? 'Case 2/2' : '対象 2/2',
      'aws organizations list-policies-for-target',
    ].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe('cases with the same suspects', () => {
  const one = explained(webIdentity('cart'), webIdentity('cart'), webIdentity('pay'), webIdentity('ship'));

  it('are told once, with the commands and values of each', () => {
    const text = print(one);
    for (const [index, role] of ['cart', 'pay', 'ship'].entries()) {
      const own = text.slice(text.indexOf(`Case ${index + 1}/3`)).split(/Case \d\/3/)[1] ?? '';
      expect(own).toContain(`role arn:aws:iam::111122223333:role/${role}`);
      expect(own).toContain(`\naws iam get-role --role-name ${role} `);
      const others = [...own.matchAll(/--role-name (\S+)/g)].filter(([, name]) => name !== role);
      expect(others).toEqual([]);
    }
    const [suspect] = one.suspects;
    expect(plain(text).split(plain(suspect!.decides)).length).toBe(2);
    expect(text).toContain('As in case 1, with the commands of this case:');
    expect(text).toContain('As in case 1.');
  });

  it('hold the same commands in both languages, in the width of the terminal', () => {
    const commands = (text: string) =>
      text.split('\n').filter((line) => /^(?:aws|kubectl|gcloud) /.test(line));
    for (const width of [40, 100])
      expect(commands(print(one, 'ja', width))).toEqual(commands(print(one, 'en', width)));
    expect(print(one, 'ja')).toContain('対象 1 と同じです。');
    expect(one.otherCases.map(({ translated }) => translated?.suspects.length)).toEqual(
      one.otherCases.map(({ suspects }) => suspects.length),
    );
  });

  it('beyond the third say that they are to be explained by themselves', () => {
    const many = explained(...['a1', 'b2', 'c3', 'd4', 'e5', 'f6'].map(webIdentity));
    expect([many.otherCases.length, many.untoldCases, many.cases.length]).toEqual([2, 3, 5]);
    expect(plain(print(many))).toContain('Also 1×: role arn:aws:iam::111122223333:role/d4');
    expect(plain(print(many))).toContain('The text names 3 more cases of it; explain a line of each');
    expect(plain(print(many, 'ja'))).toContain('ほかに 3 件あります');
  });
});

it.each([40, 80, 100])(
  'cases are told within %i columns, their labels apart from what they name',
  (width) => {
    const many = explained(...Array.from({ length: 30 }, (_, index) => webIdentity(`role-${index}`)));
    for (const language of ['en', 'ja'] as const) {
      const lines = print(many, language, width).split('\n');
      const ours = lines.filter((line) => !/^(?:aws|kubectl|clusterwhy) |https:|^ {2}[A-Z_]{4,} /.test(line));
      expect(ours.filter((line) => stringWidth(line) > width)).toEqual([]);
      const heading = lines.findIndex((line) => line.includes('3/20+'));
      expect(`${lines[heading]?.trimEnd()} ${lines[heading + 1]?.trim()}`).toMatch(/3\/20\+ +1/);
    }
  },
);

it('more cases than are kept are said to be more', () => {
  const many = explained(...Array.from({ length: 30 }, (_, index) => webIdentity(`role-${index}`)));
  expect([many.untoldCases, many.hasMoreCases]).toEqual([17, true]);
  expect(plain(print(many))).toContain('Case 1/20+ 1×');
  expect(plain(print(many))).toContain('The text names at least 17 more cases of it');
  expect(plain(print(many, 'ja'))).toContain('ほかに 17 件以上あります');
});

describe('what is no case of its own', () => {
  it.each<[string, string[]]>([
    [
      'is another session of the same role',
      [refused('cart/session-1', noAllow), refused('cart/session-2', noAllow)],
    ],
    [
      'is another pod of the same workload',
      ['cart-7f85bf9964-kz8lp', 'cart-7f85bf9964-x2n4q', 'cart-6c7d8f9b5-bbbbb'].map(
        (pod) => `[pod/${pod}/app] AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
      ),
    ],
    [
      'is another request',
      ['11111111', '22222222'].map(
        (id) => `${webIdentity('cart')} RequestId: ${id}-1111-1111-1111-111111111111`,
      ),
    ],
  ])('%s', (_, lines) => {
    const one = explained(...lines);
    expect(one.cases.map(({ count }) => count)).toEqual([lines.length]);
    expect([one.otherCases, one.untoldCases]).toEqual([[], 0]);
    expect(print(one)).not.toMatch(/Case 1/);
  });

  it('is a line that names less of it than another', () => {
    const bare =
      'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity';
    const { cases, otherCases } = explained(bare, webIdentity('cart'));
    expect(cases.map(({ values }) => values.roleName)).toContain('cart');
    expect(otherCases.map(({ values }) => values)).toEqual([]);
  });

  it('is a pod of another workload, or another node', () => {
    const nodes = ['i-0123456789abcdef0', 'i-0fedcba9876543210'].map((id) => refused(`nodes/${id}`, noAllow));
    expect(explained(...nodes).cases.length).toBe(2);
    const pods = ['cart-redis', 'cart-mysql'].map(
      (pod) => `[pod/${pod}/app] AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
    );
    expect(explained(...pods).cases.length).toBe(2);
  });
});

it('finds what is missing with the values of the case, not of another', () => {
  const budget = (region: string) =>
    `Retry budget exhausted: Google Compute Engine: Required permission 'compute.regions.get' for 'projects/shop-prod/regions/${region}'.`;
  const one = explained(budget('europe-west1'), budget('us-east1'));
  const finds = [one, ...one.otherCases].map(
    ({ placeholders }) => placeholders.find(({ word }) => word === 'POOL_NAME')?.find,
  );
  expect(finds.map((find) => /--location=(\S+)/.exec(find ?? '')?.[1])).toEqual(['europe-west1', 'us-east1']);
});

it('a word that stands for a value in a sentence is explained like those in commands', () => {
  const { placeholders, suspects } = explained(
    "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
  );
  const prose = suspects.map(({ cause, decides }) => `${cause} ${decides}`).join(' ');
  const words = placeholders.map(({ word }) => word);
  for (const word of ['NAMESPACE', 'SERVICE_ACCOUNT', 'PROJECT_ID']) {
    expect(prose).toContain(word);
    expect(words).toContain(word);
  }
});
