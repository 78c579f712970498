/**
 * A session that EKS Pod Identity made for a pod: sts:AssumeRole by `pods.eks.amazonaws.com`, with the pod in its tags.
 * Source: EKS User Guide, "Grant Pods access to AWS resources based on tags".
 */
import { isoSeconds } from './cloudtrail-record.ts';

export interface PodSession {
  /** `eks-<cluster>-<pod>-<uuid>`. */
  name: string;
  /** ISO 8601 UTC to the second. */
  time: string;
  /** From the session's tags; null where the association switches them off. */
  cluster: string | null;
  namespace: string | null;
  serviceAccount: string | null;
}

type Fields = Record<string, unknown>;

/** Reads a record's JSON text; null for every other record, and for a call that was refused. */
export function parsePodSession(json: string): PodSession | null {
  const event = fieldsOf(parse(json));
  const isEks = text(fieldsOf(event['userIdentity'])['invokedBy']) === 'pods.eks.amazonaws.com';
  const parameters = fieldsOf(event['requestParameters']);
  const name = text(parameters['roleSessionName']);
  const time = isoSeconds(text(event['eventTime']));
  if (!isEks || event['eventName'] !== 'AssumeRole' || text(event['errorCode']) !== null) return null;
  if (name === null || time === null) return null;
  const tags = tagsOf(parameters['tags']);
  return {
    name,
    time,
    cluster: tags.get('eks-cluster-name') ?? null,
    namespace: tags.get('kubernetes-namespace') ?? null,
    serviceAccount: tags.get('kubernetes-service-account') ?? null,
  };
}

function tagsOf(tags: unknown): Map<string, string> {
  const list: unknown[] = Array.isArray(tags) ? tags : [];
  return new Map(
    list.map((tag) => [text(fieldsOf(tag)['key']) ?? '', text(fieldsOf(tag)['value']) ?? ''] as const),
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null; // no record at all, as any other text that is none
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
