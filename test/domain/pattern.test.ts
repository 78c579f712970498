import {
  expandText,
  hasPolicyVariable,
  hasWildcard,
  matchesAction,
  matchesArn,
  matchesPattern,
  variableKeys,
} from '../../shared/domain/pattern.ts';

const context: Record<string, string[]> = {
  'aws:one': ['x'],
  'aws:wild': ['a*'],
  'aws:many': ['x', 'y'],
  'aws:none': [],
  'aws:dollar': ['${aws:one}'],
};
const lookup = (key: string) => context[key];

describe('matchesPattern()', () => {
  it.each([
    ['equal texts', 'abc', 'abc', true],
    ['other letter case', 'abc', 'Abc', false],
    ['a part only', 'ab', 'abc', false],
    ['* for everything', '*', 'abc', true],
    ['* for nothing', 'abc*', 'abc', true],
    ['* for an empty text', '*', '', true],
    ['no pattern for an empty text', '', '', true],
    ['* in the middle', 'a*c', 'abbbc', true],
    ['* that must give back what it took', 'a*bc', 'abbcbc', true],
    ['several *', '*b*d*', 'abcde', true],
    ['several * in the wrong order', '*d*b*', 'abcde', false],
    ['? for one character', 'a?c', 'abc', true],
    ['? for none', 'ab?', 'ab', false],
    ['? for one character beyond the basic plane', 'a?c', 'a😀c', true],
    ['?* for at least one', '?*', '', false],
    ['* over line feeds', 'a*c', 'a\n\nc', true],
    ['characters of regular expressions as themselves', 'a.c+(d)[e]^$|\\', 'a.c+(d)[e]^$|\\', true],
    ['a dot for nothing but itself', 'a.c', 'abc', false],
  ])('%s', (_, pattern, value, matches) => {
    expect(matchesPattern(pattern, value, null)).toBe(matches);
  });

  it.each([
    ['a variable', 'a${aws:one}c', 'axc', true],
    ['a variable beside wildcards', '*${aws:one}?', 'aaxb', true],
    ['a wildcard in the value of a variable, as itself', '${aws:wild}', 'ab', false],
    ['a wildcard in the value of a variable, met by itself', '${aws:wild}', 'a*', true],
    ['${*} for the character itself', 'a${*}', 'ab', false],
    ['${*} met by the character', 'a${*}', 'a*', true],
    ['${?} and ${$}', '${?}${$}', '?$', true],
    ['a key with several values', '${aws:many}', 'x', false],
    ['an absent key', '${aws:absent}', '', false],
    ['an absent key beside *', '*${aws:absent}*', 'x', false],
  ])('%s', (_, pattern, value, matches) => {
    expect(matchesPattern(pattern, value, lookup)).toBe(matches);
  });
});

describe('expandText()', () => {
  it.each([
    ['no variable', 'a*?', 'a*?'],
    ['a variable', '<${aws:one}>', '<x>'],
    ['two variables', '${aws:one}${aws:one}', 'xx'],
    ['a default that is not needed', "${aws:one, 'y'}", 'x'],
    ['a default', "${aws:absent, 'a b'}", 'a b'],
    ['an empty default', "${aws:absent, ''}", ''],
    ['a default for a key with several values', "${aws:many, 'y'}", 'y'],
    ['a default with a comma', "${aws:absent,'a, b'}", 'a, b'],
    ['white space around key and default', "${ aws:absent , 'y' }", 'y'],
    ['a variable in the value of a variable, left alone', '${aws:dollar}', '${aws:one}'],
    ['an unclosed variable', 'a${aws:one', 'a${aws:one'],
    ['a variable in a variable', '${a${aws:one}}', '${ax}'],
    ['no value', '${aws:absent}', null],
    ['an empty list of values', '${aws:none}', null],
    ['several values', '${aws:many}', null],
    ['no name', '${}', null],
    ['a default without quotes', '${aws:absent, y}', null],
    ['a default with one quote', "${aws:absent, 'y}", null],
    ['a default with a quote in it', "${aws:absent, 'it's'}", null],
  ])('%s', (_, text, expanded) => {
    expect(expandText(text, lookup)).toBe(expanded);
  });

  it('leaves variables alone where the Version does not expand them', () => {
    expect(expandText('${aws:one}', null)).toBe('${aws:one}');
  });
});

describe('matchesAction() ignores case and knows wildcards', () => {
  it.each([
    ['sts:AssumeRoleWithWebIdentity', true],
    ['STS:assumerolewithwebidentity', true],
    ['sts:*', true],
    ['*', true],
    ['sts:AssumeRoleWith?ebIdentity', true],
    ['sts:AssumeRole', false],
    ['sts:AssumeRoleWithWebIdentityy', false],
    ['iam:*', false],
  ])('%s: %s', (pattern, matches) => {
    expect(matchesAction(pattern, 'sts:AssumeRoleWithWebIdentity')).toBe(matches);
  });
});

describe('matchesArn() compares part by part', () => {
  const role = 'arn:aws:iam::111122223333:role/team/app';
  it.each([
    ['itself', role, true],
    ['* over slashes of the last part', 'arn:aws:iam::111122223333:role/*', true],
    ['* in every part', 'arn:*:*:*:*:*', true],
    ['* that would have to reach over a colon', 'arn:aws:*:role/team/app', false],
    ['* for the rest', 'arn:aws:iam::*', false],
    ['? in the account', 'arn:aws:iam::11112222333?:role/team/app', true],
    ['? that would have to be a colon', 'arn:aws:iam?:111122223333:role/team/app', false],
    ['* alone', '*', true],
    ['another account', 'arn:aws:iam::444455556666:role/team/app', false],
    ['other letter case', 'arn:aws:iam::111122223333:role/team/App', false],
    ['a variable', 'arn:aws:iam::111122223333:role/team/${aws:one}', false],
    ['an absent variable', 'arn:aws:iam::111122223333:role/${aws:absent}', false],
  ])('%s', (_, pattern, matches) => {
    expect(matchesArn(pattern, role, lookup)).toBe(matches);
  });

  it('lets * of the last part reach over colons', () => {
    expect(matchesArn('arn:aws:sns:eu-west-1:1:*', 'arn:aws:sns:eu-west-1:1:a:b', null)).toBe(true);
  });

  it.each(['', 'x', 'arn:aws:iam'])('matches nothing against "%s", which is no ARN', (text) => {
    expect(matchesArn('*', text, null)).toBe(false);
    expect(matchesArn(text, text, null)).toBe(false);
  });
});

describe('what a text holds', () => {
  it.each([
    ['${aws:username}', true, false, ['aws:username']],
    ["${aws:PrincipalTag/team, 'x'}", true, false, ['aws:PrincipalTag/team']],
    ['a${*}', true, false, []],
    ['${NAMESPACE}', false, false, []],
    ['$namespace', false, false, []],
    ['a*', false, true, []],
    ['a?${aws:x}*${sts:y}', true, true, ['aws:x', 'sts:y']],
    ['', false, false, []],
  ])('%s', (text, variable, wildcard, keys) => {
    expect(hasPolicyVariable(text)).toBe(variable);
    expect(hasWildcard(text)).toBe(wildcard);
    expect(variableKeys(text)).toEqual(keys);
  });
});
