/** Diagnoses web-identity calls: those that CloudTrail saw refused, and those that would be refused today. */
import { byKubernetes } from './by-kubernetes.ts';
import { diagnoseDenial, isOurs } from './denial.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { WebIdentityGiven } from './given.ts';
import { latentDiagnoses } from './latent.ts';

const made = new WeakMap<object, { key: unknown[]; diagnoses: Diagnosis[] }>();

/** Every diagnosis of the observation, made once for all rules that tell a part of it. */
export function diagnose(given: WebIdentityGiven): Diagnosis[] {
  const { facts, place, time, partlyRead } = given;
  const { denials, roles, namedRoles, oidcProviders, clusters, issuerDiscovery, serviceAccounts } = facts;
  const { podGroups } = facts;
  const read = [
    ...[denials, roles, namedRoles, oidcProviders, clusters, issuerDiscovery],
    ...[serviceAccounts, podGroups],
  ];
  const anchor = read.find((fact) => fact !== undefined);
  if (!anchor) return [];
  const key = [place.account, place.partition, time, partlyRead.join(), ...read];
  const known = made.get(anchor);
  if (known?.key.every((item, index) => item === key[index])) return known.diagnoses;
  const seen = (denials?.denials ?? [])
    .filter((denial) => isOurs(given, denial))
    .flatMap((denial) => diagnoseDenial(given, denial) ?? [])
    .flatMap((diagnosis) => byKubernetes(given, diagnosis) ?? []);
  const diagnoses = [...seen, ...latentDiagnoses(given, seen)];
  made.set(anchor, { key, diagnoses });
  return diagnoses;
}
