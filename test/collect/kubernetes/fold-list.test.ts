import { foldList, type Get } from '../../../shared/collect/kubernetes/fold-list.ts';

const names = () => {
  const found: string[] = [];
  return { add: ({ name }: { name: string }) => void found.push(name), result: () => found };
};
const answering =
  (body: unknown, status = 200): Get =>
  () =>
    Promise.resolve({ state: 'answered', status, body });

describe('foldList()', () => {
  it.each([
    ['no items', {}],
    ['null, as Go writes an empty list', { items: null }],
    ['an empty list', { items: [], metadata: {} }],
  ])('takes %s for an empty list', async (_, body) => {
    expect(await foldList(answering(body), '/api/v1/pods', names)).toEqual([]);
  });

  it.each([
    ['text', '<html>Sign in to the proxy</html>', 200, /no JSON/],
    ['items that are no list', { items: { a: 1 } }, 200, /no list/],
    ['a status that nobody expects', { items: [] }, 302, /status 302/],
    ['404', { kind: 'Status' }, 404, /status 404/],
  ])('throws what the server answered: %s', async (_, body, status, why) => {
    await expect(foldList(answering(body, status), '/api/v1/pods', names)).rejects.toThrow(why);
  });
});
