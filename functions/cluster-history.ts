/** Keeps what runs saw of GKE clusters for the runs after them: in the bucket of the reports, or in a file. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { cannot } from '../shared/collect/cannot.ts';
import { changeText, type Bucket } from '../shared/deliver/bucket.ts';
import { googlePrefix } from '../shared/deployment.ts';
import type { SeenCluster } from '../shared/domain/google-cluster.ts';
import { rememberClusters, rememberSeen } from '../shared/domain/google-history.ts';
import { LocalizedError, saidBy } from '../shared/localized-error.ts';
import type { Observation, Reading } from '../shared/observation.ts';
import type { Localized } from '../shared/words.ts';

/** What earlier runs saw, by project id; empty before the first run. */
export type ClusterHistory = ReadonlyMap<string, SeenCluster[]>;

export interface HistoryStore {
  /** @throws {Error} where it cannot be read, or is not what this version writes */
  read(): Promise<ClusterHistory>;
  /**
   * Adds what a run saw. A history that is not what this version writes is begun anew.
   * @throws {Error} where it cannot be written
   */
  add(observations: readonly Observation[]): Promise<void>;
  /** The same of what `seenIn` gave. */
  addSeen(seen: readonly SeenProject[]): Promise<void>;
}

/** The clusters of a project, as one run saw them. */
export interface SeenProject {
  project: string;
  /** When the run began, ISO 8601 UTC. */
  time: string;
  clusters: SeenCluster[];
}

/** Where the auditor of Google Cloud keeps it; its role may read and write there. */
export const clusterHistoryKey = `${googlePrefix}clusters.json`;

const text = z.string();
export const seenClusterSchema = z.object({
  name: text,
  location: text,
  id: z.nullable(text),
  endpoint: z.nullable(text),
  caSha256: z.nullable(text),
  lastSeen: text.check(z.refine((time) => !Number.isNaN(Date.parse(time)), 'must be a time')),
});
const historySchema = z.record(text, z.array(seenClusterSchema));

/**
 * In a bucket. It is made where it is not there, before it is read: to who may not list a bucket, S3 answers for what
 * does not exist as for what is forbidden.
 */
export function bucketHistory(bucket: Bucket): HistoryStore {
  const where = bucket.address(clusterHistoryKey);
  const create = () => bucket.create(clusterHistoryKey, write(new Map()));
  const addSeen = async (seen: readonly SeenProject[]) => {
    await create();
    await changeText(bucket, clusterHistoryKey, (known) => write(added(lenient(known), seen)));
  };
  return {
    async read() {
      if (await create()) return new Map();
      return parse((await bucket.read(clusterHistoryKey))?.text ?? null, where);
    },
    add: (observations) => addSeen(seenIn(observations)),
    addSeen,
  };
}

/** In a file of this machine, whose folder is made when needed. */
export function fileHistory(path: string): HistoryStore {
  const addSeen = async (seen: readonly SeenProject[]) =>
    replace(path, write(added(lenient(await readWhole(path)), seen)));
  return {
    read: async () => parse(await readWhole(path), path),
    add: (observations) => addSeen(seenIn(observations)),
    addSeen,
  };
}

/** The history as a fact: where it cannot be read, that is something that was not looked at, and the rest goes on. */
export async function readHistory(store: HistoryStore): Promise<Reading<ClusterHistory>> {
  try {
    return { state: 'whole', value: await store.read() };
  } catch (error) {
    return noHistory(saidBy(error));
  }
}

/**
 * @param reason why there is no history, and what to do, as the end of a sentence
 */
export function noHistory(reason: Localized): Reading<ClusterHistory> {
  return {
    state: 'unread',
    gaps: [{ location: null, why: cannot(tellingWhatIsGone, reason) }],
  };
}

const tellingWhatIsGone = {
  en: 'tell which clusters are gone',
  ja: 'どのクラスターがなくなったかを確認',
};

/** What a run saw of the projects whose clusters were listed. */
export function seenIn(observations: readonly Observation[]): SeenProject[] {
  return observations.flatMap(({ place, time, readings: { gkeClusters } }) =>
    gkeClusters && 'value' in gkeClusters
      ? [{ project: place.account, time, clusters: rememberClusters([], gkeClusters.value, time) }]
      : [],
  );
}

/** Clusters that were not listed stay as they were remembered. */
function added(history: ClusterHistory, seen: readonly SeenProject[]): ClusterHistory {
  const all = new Map(history);
  for (const { project, time, clusters } of seen) {
    const now = rememberSeen([...(all.get(project) ?? []), ...clusters], time);
    if (now.length > 0) all.set(project, now);
    else all.delete(project);
  }
  return all;
}

function write(history: ClusterHistory): string {
  return JSON.stringify(Object.fromEntries(history));
}

function parse(content: string | null, where: string): ClusterHistory {
  if (content === null) return new Map();
  try {
    return new Map(Object.entries(historySchema.parse(JSON.parse(content))));
  } catch (error) {
    throw new LocalizedError(notOurs(where), { cause: error });
  }
}

function notOurs(where: string): Localized {
  return {
    en: `Cannot read ${where}: it is not what this version writes; the next run begins it anew, or delete it`,
    ja: `${where} を読み取れません: このバージョンが書き込む形式ではありません。次回の実行で作り直されます。または、削除してください`,
  };
}

function lenient(content: string | null): ClusterHistory {
  try {
    return parse(content, '');
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof SyntaxError || cause instanceof z.core.$ZodError) return new Map();
    throw error;
  }
}

async function readWhole(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new LocalizedError(unreadable(path, (error as Error).message), { cause: error });
  }
}

function unreadable(path: string, said: string): Localized {
  return {
    en: `Cannot read ${path}: ${said}; make it readable`,
    ja: `${path} を読み取れません: ${said}。読み取れるようにしてください`,
  };
}

/** Nobody ever sees half of it. */
async function replace(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const why = (error as Error).message;
    throw new LocalizedError(
      {
        en: `Cannot write ${path}: ${why}; make its folder writable`,
        ja: `${path} に書き込めません: ${why}。フォルダーを書き込み可能にしてください`,
      },
      { cause: error },
    );
  }
}
