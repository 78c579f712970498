/** Cloud KMS v1: keys, their primary versions, and the policies of keys and key rings. */
import { notFound, permissionDenied } from '../google-error.ts';
import { policyAnswer, setPolicy } from '../policy-answer.ts';
import type { CryptoKey, ProjectWorld } from '../project-world.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld, Policy } from '../world.ts';

export function kmsRoutes(world: GoogleWorld): Route[] {
  const ring = '/v1/projects/{project}/locations/{location}/keyRings/{ring}';
  const key = `${ring}/cryptoKeys/{key}`;
  return [
    route(`GET ${key}`, (call) => keyAnswer(keyFor(world, call, 'cloudkms.cryptoKeys.get'))),
    route(`GET ${key}:getIamPolicy?options.requestedPolicyVersion`, (call) =>
      policyAnswer(keyFor(world, call, 'cloudkms.cryptoKeys.getIamPolicy'), call),
    ),
    route(`POST ${key}:setIamPolicy`, (call) =>
      setPolicy(world, keyFor(world, call, 'cloudkms.cryptoKeys.setIamPolicy'), call),
    ),
    route(`GET ${ring}:getIamPolicy?options.requestedPolicyVersion`, (call) =>
      policyAnswer(ringFor(world, call), call),
    ),
    route(`POST ${key}/cryptoKeyVersions/{version}:restore`, (call) => setState(world, call, 'DISABLED')),
    route(`PATCH ${key}/cryptoKeyVersions/{version}?updateMask`, (call) =>
      setState(world, call, String(call.body.state)),
    ),
  ];
}

function projectFor(
  world: GoogleWorld,
  { params, demand }: Call,
  permission: string,
  path: string,
): ProjectWorld {
  const project = world.findProject(params.project ?? '');
  demand(permission, path, { project: project?.id ?? params.project ?? '' });
  if (!project) throw permissionDenied(permission, path);
  return project;
}

function ringName({ project, location, ring }: Record<string, string>): string {
  return `projects/${project}/locations/${location}/keyRings/${ring}`;
}

function keyFor(world: GoogleWorld, call: Call, permission: string): CryptoKey {
  const name = `${ringName(call.params)}/cryptoKeys/${call.params.key}`;
  const found = projectFor(world, call, permission, name).keys.get(name);
  if (!found) throw notFound(`CryptoKey ${name} not found.`);
  return found;
}

function ringFor(world: GoogleWorld, call: Call): { policy: Policy } {
  const name = ringName(call.params);
  const found = projectFor(world, call, 'cloudkms.keyRings.getIamPolicy', name).keyRings.get(name);
  if (!found) throw notFound(`KeyRing ${name} not found.`);
  return found;
}

function keyAnswer({ name, primary }: CryptoKey): object {
  return {
    name,
    purpose: 'ENCRYPT_DECRYPT',
    createTime: '2024-01-01T00:00:00Z',
    ...(primary ? { primary } : {}),
  };
}

/** Restoring and enabling the primary version. */
function setState(world: GoogleWorld, call: Call, state: string): object {
  const key = keyFor(world, call, 'cloudkms.cryptoKeyVersions.update');
  if (!key.primary) throw notFound(`CryptoKeyVersion ${call.params.version} not found.`);
  key.primary.state = state;
  return key.primary;
}
