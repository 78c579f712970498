import type { ConnectionAttempt } from '../../shared/domain/google-connection.ts';
import { climb, isPrivateAddress, type Rung } from '../../shared/domain/google-ladder.ts';
import { attempt } from '../rules/gke/gke-observation.ts';
import { quoted } from '../../shared/words.ts';

it.each<[string, Partial<ConnectionAttempt>, Rung['step']]>([
  ['all is well', {}, 'connected'],
  ['a rejected token, whatever came after', { token: { state: 'rejected', message: quoted('x') } }, 'token'],
  [
    'a token whose scopes are not told',
    { token: { state: 'valid', scopes: [], expiresInSeconds: null } },
    'connected',
  ],
  ['a token that could not be looked at', { token: { state: 'unread', why: quoted('x') } }, 'connected'],
  ['clusters.get with 401', { clustersGet: { status: 401, message: null } }, 'token'],
  ['clusters.get with 403', { clustersGet: { status: 403, message: null } }, 'clusters.get'],
  ['clusters.get with 503', { clustersGet: { status: 503, message: null } }, 'connected'],
  ['no step taken', { token: null, clustersGet: null, tls: null, response: null }, 'unclear'],
  ['a redirect', { response: { status: 302, reason: null, message: null } }, 'unclear'],
  ['a 403 without a message', { response: { status: 403, reason: null, message: null } }, 'rbac'],
])('climbs: %s', (_, changes, step) => {
  expect(climb(attempt(changes)).step).toBe(step);
});

it.each([
  ['10.0.0.1', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1:443', true],
  ['100.64.0.1', true],
  ['203.0.113.10', false],
  ['fd12:3456::1', true],
  ['fdn.example.com', false],
  ['10.example.com', false],
])('isPrivateAddress(%s) is %s', (host, expected) => {
  expect(isPrivateAddress(host)).toBe(expected);
});
