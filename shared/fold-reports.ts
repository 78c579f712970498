/**
 * One report of an organization's, account by account, in bounded memory: pure. It counts everything, holds the worst of
 * what changed and of what is open, and leaves the rest to the accounts' own reports.
 */
import type { Run } from './merge-reports.ts';
import {
  batchFiles,
  coverageLine,
  isStanding,
  reasonIn,
  sortFindings,
  type Finding,
  type Report,
} from './report.ts';
import { severities } from './rule.ts';
import { joinWords, type Localized } from './words.ts';

/** What is known of an account besides its report. */
export interface AccountOwner {
  account: string;
  name: string;
  /** Names of the organizational units above it, `/Production/Shop`. */
  unit: string;
  /** Who owns it: the value of its owner's tag, else its unit. */
  owner: string;
}

/** How much one report may hold. */
export interface FoldLimits {
  /** Findings that are new, changed or resolved. */
  changed: number;
  /** Findings that are open, and those that are muted. */
  open: number;
  /** Lines of what was not looked at. */
  gaps: number;
}

export const usualFoldLimits: FoldLimits = { changed: 300, open: 200, gaps: 500 };

type Cloud = Report['scope'][number]['cloud'];
type Line<Key extends 'outcomes' | 'coverage'> = Report[Key][number];
type Organization = NonNullable<Report['organization']>;
type Group = Organization['groups'][number];

/** A report that grows by one account at a time. */
export class ReportFold {
  readonly #id: string;
  readonly #run: Run;
  readonly #limits: FoldLimits;
  readonly #cloud: Cloud;
  readonly #scope: Report['scope'] = [];
  readonly #summary = { clusters: 0, eventsRead: 0, denialEvents: 0, denials: 0, muted: 0 };
  readonly #bySeverity = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  readonly #changes = { new: 0, changed: 0, resolved: 0, open: 0 };
  readonly #outcomes = new Map<string, Record<Line<'outcomes'>['status'], number>>();
  readonly #groups = new Map<string, Group>();
  readonly #owners = new Map<string, AccountOwner>();
  readonly #changed: Bounded<Finding>;
  readonly #open: Bounded<Finding>;
  #gaps: Line<'coverage'>[] = [];
  #gapsLeftOut = 0;
  #mutes: Report['mutes'];
  #failed = 0;
  #window: Report['window'] | null = null;
  #finishedAt: string;

  /** @param cloud whose organization it is; places of the other cloud are in it as guests */
  constructor(id: string, run: Run, limits: FoldLimits = usualFoldLimits, cloud: Cloud = 'aws') {
    this.#id = id;
    this.#run = run;
    this.#limits = limits;
    this.#cloud = cloud;
    this.#changed = new Bounded(limits.changed, sortFindings);
    this.#open = new Bounded(limits.open, sortFindings);
    this.#finishedAt = run.startedAt;
  }

  /**
   * Adds the report of one account, compared with the one before; of one that was not audited, what was open in it. A
   * report of several is taken as well.
   */
  add(report: Report, owner: AccountOwner | null): void {
    this.#failed += unaudited(report, this.#cloud).size;
    this.#scope.push(...report.scope);
    this.#widen(report);
    this.#summary.clusters += report.summary.clusters;
    this.#summary.eventsRead += report.summary.eventsRead ?? 0;
    this.#summary.denialEvents += report.summary.denialEvents;
    this.#summary.denials += report.summary.denials;
    for (const finding of report.findings) this.#addFinding(finding, owner);
    for (const line of report.outcomes) this.#addOutcome(line);
    for (const line of report.coverage) if (!line.complete) this.#addGap(line);
    this.#addMutes(report.mutes);
  }

  finish(): Report {
    const findings = sortFindings([...this.#changed.items, ...this.#open.items]);
    const { runId, startedAt, version } = this.#run;
    return {
      schemaVersion: 1,
      tool: { name: 'clusterwhy', version },
      runId,
      startedAt,
      finishedAt: this.#finishedAt,
      window: this.#window ?? { from: startedAt, to: startedAt },
      scope: this.#scope,
      summary: { bySeverity: this.#bySeverity, ...this.#summary, changes: this.#changes },
      findings,
      outcomes: [...this.#outcomes].map(([rule, counts]) => this.#outcome(rule, counts)),
      coverage: [...this.#gaps, ...this.#restOfGaps()],
      ...(this.#mutes && { mutes: this.#mutes }),
      organization: {
        id: this.#id,
        ...(this.#cloud === 'gcp' && { cloud: this.#cloud }),
        accounts: this.#scope.filter(({ cloud }) => cloud === this.#cloud).length,
        failed: this.#failed,
        leftOut: this.#changed.leftOut + this.#open.leftOut,
        groups: [...this.#groups.values()].sort(worstFirst),
        owners: Object.fromEntries(
          findings.flatMap(({ account }) => {
            const owner = this.#owners.get(account);
            return owner ? [[account, { name: owner.name, unit: owner.unit, owner: owner.owner }]] : [];
          }),
        ),
      },
    };
  }

  #widen({ window, finishedAt }: Report): void {
    const { from, to } = this.#window ?? window;
    this.#window = {
      from: window.from < from ? window.from : from,
      to: window.to > to ? window.to : to,
    };
    if (finishedAt > this.#finishedAt) this.#finishedAt = finishedAt;
  }

  #addFinding(finding: Finding, owner: AccountOwner | null): void {
    if (owner) this.#owners.set(owner.account, owner);
    const { change, severity } = finding;
    if (change === 'muted') this.#summary.muted += 1;
    else this.#changes[change] += 1;
    if (isStanding(finding)) {
      this.#bySeverity[severity] += 1;
      this.#addToGroup(finding, owner);
    }
    (change === 'open' || change === 'muted' ? this.#open : this.#changed).add(finding);
  }

  #addToGroup(finding: Finding, owner: AccountOwner | null): void {
    const { rule, severity, change, account } = finding;
    const key = `${severity} ${rule}`;
    const group = this.#groups.get(key) ?? emptyGroup(finding);
    this.#groups.set(key, group);
    group.findings += 1;
    if (change === 'new') group.new += 1;
    const name = owner?.owner ?? account;
    let of = group.owners.find((one) => one.name === name);
    if (!of) group.owners.push((of = { name, findings: 0, accounts: [] }));
    of.findings += 1;
    if (!of.accounts.includes(account)) of.accounts.push(account);
  }

  #addOutcome({ rule, status }: Line<'outcomes'>): void {
    const counts = this.#outcomes.get(rule) ?? { pass: 0, fail: 0, unknown: 0, broken: 0 };
    counts[status] += 1;
    this.#outcomes.set(rule, counts);
  }

  #addGap(line: Line<'coverage'>): void {
    // Mutes are of the whole organization: where they cannot be used, every account's report says the same.
    if (line.fact === 'mutes' && this.#gaps.some(({ why }) => why === line.why)) return;
    if (this.#gaps.length < this.#limits.gaps) this.#gaps.push(line);
    else this.#gapsLeftOut += 1;
  }

  /** Every account's report has the same mutes, with its own count. */
  #addMutes(mutes: Report['mutes']): void {
    if (!mutes) return;
    const known = this.#mutes ?? mutes.map((mute) => ({ ...mute, findings: 0 }));
    this.#mutes = known.map((mute, index) => ({
      ...mute,
      findings: mute.findings + (mutes[index]?.findings ?? 0),
    }));
  }

  #restOfGaps(): Line<'coverage'>[] {
    if (this.#gapsLeftOut === 0) return [];
    const fact = this.#cloud === 'gcp' ? 'projects' : 'accounts';
    const gap = { cloud: this.#cloud, account: this.#id, location: null, fact, complete: false };
    const why = moreGaps(this.#gapsLeftOut, this.#cloud, this.#run.runId);
    return [coverageLine({ ...gap, why }, this.#run.language)];
  }

  /** The worst that came of a rule in any account. */
  #outcome(rule: string, counts: Record<Line<'outcomes'>['status'], number>): Line<'outcomes'> {
    const order = ['broken', 'fail', 'unknown', 'pass'] as const;
    const status = order.find((one) => counts[one] > 0) ?? 'pass';
    const line = { rule, cloud: this.#cloud, account: this.#id, status };
    if (status === 'pass') return { ...line, why: null };
    const said = order.filter((one) => counts[one] > 0).map((one) => counted(one, counts[one]));
    return { ...line, ...reasonIn(joinWords(said, listMark), this.#run.language) };
  }
}

function emptyGroup({ rule, title, translated, severity }: Finding): Group {
  const inOther = translated && { translated: { language: translated.language, title: translated.title } };
  return { rule, title, ...inOther, severity, findings: 0, new: 0, owners: [] };
}

const listMark = { en: ', ', ja: '、' };

const statuses: Record<Line<'outcomes'>['status'], string> = {
  pass: '検出なし',
  fail: '検出',
  unknown: '判定不能',
  broken: '失敗',
};

function counted(status: Line<'outcomes'>['status'], places: number): Localized {
  return { en: `${status} in ${places}`, ja: `${statuses[status]} ${places} 件` };
}

/** Accounts have reports of their own beside that of the organization, projects those of their batches. */
function moreGaps(gaps: number, cloud: Cloud, runId: string): Localized {
  if (cloud === 'aws')
    return {
      en: `${gaps} more gaps are told by the reports of the accounts, which are stored beside this one`,
      ja: `調べられなかったものはほかに ${gaps} 件あります。このレポートと同じ場所に保存された、各アカウントのレポートにあります`,
    };
  const files = batchFiles(runId);
  return {
    en: `${gaps} more gaps are told by the reports of the batches, ${files} in the bucket`,
    ja: `調べられなかったものはほかに ${gaps} 件あります。バケットの ${files} にある、バッチごとのレポートにあります`,
  };
}

/** The accounts of which there is nothing. */
function unaudited({ coverage }: Report, of: Line<'coverage'>['cloud']): Set<string> {
  const lines = coverage.filter(
    ({ cloud, fact, complete }) => cloud === of && fact === 'account' && !complete,
  );
  return new Set(lines.map(({ account }) => account));
}

function worstFirst(a: Group, b: Group): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity) || b.findings - a.findings;
}

/** Holds the first so many in an order; how many were added and are not held is counted. */
class Bounded<Item> {
  readonly #most: number;
  readonly #sort: (items: readonly Item[]) => Item[];
  #held: Item[] = [];
  #added = 0;

  constructor(most: number, sort: (items: readonly Item[]) => Item[]) {
    this.#most = most;
    this.#sort = sort;
  }

  add(item: Item): void {
    this.#held.push(item);
    this.#added += 1;
    if (this.#held.length >= 2 * this.#most + 100) this.#held = this.items;
  }

  get items(): Item[] {
    return this.#sort(this.#held).slice(0, this.#most);
  }

  get leftOut(): number {
    return Math.max(0, this.#added - this.#most);
  }
}
