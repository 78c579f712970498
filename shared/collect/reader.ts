/** How one fact is read, and the cloud permissions that takes. */
import type { Reading } from '../observation.ts';
import type { KubernetesPermission } from './kubernetes/permission.ts';

/** Reads one fact. What the cloud refuses is in the reading; only what cannot go on is thrown. */
export interface Reader<Source, T> {
  /** Every permission that `read` may use, in the cloud's own spelling (`eks:ListClusters`). */
  readonly permissions: readonly string[];
  /** What it asks clusters' own API servers for; absent where it asks none. */
  readonly kubernetes?: readonly KubernetesPermission[];
  read(source: Source): Promise<Reading<T>>;
}
