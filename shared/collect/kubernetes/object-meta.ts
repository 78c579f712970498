/** Metadata of a Kubernetes object, as far as it is needed. */
export interface ObjectMeta {
  namespace?: string;
  name?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  /** ISO 8601 UTC. */
  creationTimestamp?: string;
  ownerReferences?: { kind: string; name: string; controller?: boolean }[];
}
