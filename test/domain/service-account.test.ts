import { isMisspeltSubject, parseSubject, subjectOf } from '../../shared/domain/service-account.ts';

const cart = 'system:serviceaccount:shop:cart';

describe('parseSubject() takes apart what a cluster can issue', () => {
  it.each([
    ['a plain one', cart, 'shop', 'cart'],
    ['digits and hyphens', 'system:serviceaccount:team-1:s3-reader-2', 'team-1', 's3-reader-2'],
    ['a name with dots', 'system:serviceaccount:shop:cart.v1.example', 'shop', 'cart.v1.example'],
    ['a namespace of 63 characters', `system:serviceaccount:${'a'.repeat(63)}:cart`, 'a'.repeat(63), 'cart'],
    [
      'a name of 253 characters',
      `system:serviceaccount:shop:${'a.'.repeat(126)}a`,
      'shop',
      `${'a.'.repeat(126)}a`,
    ],
  ])('%s', (_, subject, namespace, name) => {
    expect(parseSubject(subject)).toEqual({ namespace, name });
    expect(subjectOf({ namespace, name })).toBe(subject);
  });

  it.each([
    ['a user', 'system:anonymous'],
    ['a node', 'system:node:ip-10-0-0-1'],
    ['a workflow', 'repo:example/app:ref:refs/heads/main'],
    ['no name', 'system:serviceaccount:shop:'],
    ['no namespace', 'system:serviceaccount::cart'],
    ['a part too many', 'system:serviceaccount:shop:cart:token'],
    ['a capital letter', 'system:serviceaccount:Shop:cart'],
    ['a wildcard', 'system:serviceaccount:shop:*'],
    ['a space at the end', `${cart} `],
    ['a line feed at the end', `${cart}\n`],
    ['a hyphen at the end of the name', 'system:serviceaccount:shop:cart-'],
    ['a dot in the namespace', 'system:serviceaccount:sh.op:cart'],
    ['two dots in a row', 'system:serviceaccount:shop:cart..v1'],
    ['a namespace of 64 characters', `system:serviceaccount:${'a'.repeat(64)}:cart`],
    ['a name of 255 characters', `system:serviceaccount:shop:${'a.'.repeat(127)}a`],
    ['a misspelt prefix', 'system:serviceacount:shop:cart'],
    ['nothing', ''],
  ])('and nothing else: %s', (_, subject) => {
    expect(parseSubject(subject)).toBeNull();
  });
});

describe('isMisspeltSubject()', () => {
  it.each([
    ['other letter case', 'System:ServiceAccount:Shop:Cart'],
    ['white space', ` ${cart} `],
    ['no prefix', 'shop:cart'],
    ['a misspelt prefix', 'system:serviceacount:shop:cart'],
    ['half a prefix', 'serviceaccount:shop:cart'],
    ['slashes', 'system:serviceaccount:shop/cart'],
    ['a colon too many', 'system:serviceaccount::shop:cart'],
    ['anchors of a regular expression', `^${cart}$`],
  ])('recognises the subject by %s', (_, text) => {
    expect(isMisspeltSubject(text, cart)).toBe(true);
  });

  it.each([
    ['the subject itself', cart],
    ['another that a cluster can issue', 'system:serviceaccount:shop:card'],
    ['a pattern', 'system:serviceaccount:shop:*'],
    ['a pattern of one character', 'System:ServiceAccount:shop:car?'],
    ['another name without a prefix', 'shop:card'],
    ['namespace and name swapped', 'cart:shop'],
    ['the name alone', 'cart'],
    ['a foreign prefix', 'repo:org:shop:cart'],
    ['nothing', ''],
  ])('does not take for it %s', (_, text) => {
    expect(isMisspeltSubject(text, cart)).toBe(false);
  });

  it('recognises nothing where the wanted text is no subject', () => {
    expect(isMisspeltSubject('system:Node:x', 'system:node:x')).toBe(false);
  });
});
