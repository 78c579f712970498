/** What the renderers say in English. Every other catalogue has the type of this one. */
import { isMoment } from './moment.ts';

const numbers = new Intl.NumberFormat('en-US');
/** British lists have no comma before their last "and". */
const lists = new Intl.ListFormat('en-GB', { type: 'conjunction' });
const plurals = new Intl.PluralRules('en');

/** `1,234`. */
const number = (value: number): string => numbers.format(value);

/** `a`, `a and b`, `a, b and c`. */
const list = (items: readonly string[]): string => lists.format(items);

/** A count with its noun: `1 finding`, `1,000 refused calls`. */
const count = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${plurals.select(value) === 'one' ? one : many}`;

/** The first few of a list and how many more: `a, b and 3 more`. */
const firstFew = (items: readonly string[], most: number): string =>
  items.length <= most
    ? list(items)
    : `${items.slice(0, most).join(', ')} and ${number(items.length - most)} more`;

/** `2026-01-01 06:00 UTC` of ISO 8601 in UTC; anything else as it is. */
const moment = (iso: string): string =>
  isMoment(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;

/** `12 days`. */
const span = (value: number, unit: 'day' | 'hour' | 'minute'): string =>
  new Intl.NumberFormat('en-US', { style: 'unit', unit, unitDisplay: 'long' }).format(value);

const between = (from: string, to: string): string =>
  `${from === '' ? '' : ` from ${from}`}${to === '' ? '' : ` until ${to}`}`;

/** How the accounts or projects of a whole are counted. */
export interface Whole {
  all: (value: number) => string;
  part: (value: number, all: number) => string;
  some: (value: number) => string;
}

export const en = {
  /** Of the document. */
  language: 'en',
  number,
  list,
  firstFew,
  moment,
  /** Of `2026-01-01`. */
  day: (iso: string) => iso,
  span,
  severity: { critical: 'critical', high: 'high', medium: 'medium', low: 'low', info: 'info' },
  change: { new: 'new', open: 'open', changed: 'changed', resolved: 'resolved', muted: 'muted' },
  fix: { proven: 'proven', advice: 'advice' },
  /** Words that stand in place of an account where none is known; ids stay. */
  place: (account: string) => account,
  /** What a finding is about. */
  kind: (kind: string) => kind,
  /** `3 high`, `2 new`. */
  counted: (value: number, what: string) => `${number(value)} ${what}`,
  /** Counts in a row. */
  join: (counts: readonly string[]) => counts.join(', '),
  /** Notes in a row. */
  joinNotes: (notes: readonly string[]) => notes.join('; '),
  /** Sentences in a row. */
  joinSentences: (sentences: readonly string[]) => sentences.join(' '),
  titled: (title: string, text: string) => `${title}: ${text}`,
  aside: (text: string) => ` (${text})`,
  findings: (value: number) => count(value, 'finding'),
  clusters: (value: number) => count(value, 'cluster'),
  moreLines: (value: number) => `and ${count(value, 'more line')}`,
  moreFindings: (value: number) => `and ${count(value, 'more finding')}`,
  noReason: 'no reason was given',
  moreCharacters: (value: number) => `${number(value)} more characters`,
  linesCut: (value: number) => `… ${number(value)} more lines`,
  legend:
    'Proven: the repaired policy was evaluated again; it allows the refused caller and still refuses its neighbours. Advice: for a person to decide. Nothing was changed.',
  possiblySent:
    'Possibly sent before: an earlier attempt to send this report stopped before it was known whether it had gone out.',
  wholeReport: (address: string) => `The whole report: ${address}`,
  likewise: (place: string, others: string) => `${place}, and likewise ${others}`,
  nothingFound: 'Nothing was found',

  summary: {
    news: (news: readonly string[]) => `Since the last report: ${list(news)}.`,
    noNews: 'Nothing changed since the last report.',
    nothing: 'Nothing was found.',
    found: (findings: number, counts: string) => `${count(findings, 'finding')}: ${counts}.`,
    /** `clusters` is null where they were not asked for, `places` where there was none. */
    looked: (clusters: number | null, places: string | null) =>
      `Looked at ${clusters === null ? '' : `${count(clusters, 'cluster')} in `}${places ?? 'no place at all'}.`,
    none: (from: string, to: string) =>
      `No refused call was seen between ${from} and ${to}; many failures leave no event, so that does not show that all is well.`,
    partlyNone: (from: string, to: string) =>
      `Refused calls between ${from} and ${to} could not be read to the end; none was seen in what was read.`,
    refused: (calls: number, distinct: number, from: string, to: string) =>
      `${count(calls, 'refused call')} (${number(distinct)} distinct) between ${from} and ${to}.`,
    refusedAtLeast: (calls: number, distinct: number, from: string, to: string) =>
      `At least ${count(calls, 'refused call')} (${number(distinct)} distinct) between ${from} and ${to}: not all of it could be read.`,
    undecided: (rules: number) => `${count(rules, 'rule')} could not decide`,
    broke: (rules: number) => `${count(rules, 'rule')} broke`,
    unread: (facts: number) => `${count(facts, 'fact')} could not be read to the end`,
    seeEnd: (parts: readonly string[]) => `${list(parts)}; the end of the report says which.`,
    muted: (findings: number) => `${count(findings, 'finding')} muted, not counted.`,
    expired: (mutes: number, findings: number) =>
      `${count(mutes, 'mute has', 'mutes have')} expired: ${count(findings, 'finding')} counted again.`,
  },

  subject: {
    line: (news: string, counts: string, where: string) =>
      `clusterwhy: ${news}${counts === '' ? '' : ` (${counts})`}${where === '' ? '' : `: ${where}`}`,
    open: (value: number) => `${number(value)} open`,
    lower: (value: number) => `${number(value)} lower`,
    noChange: 'no change',
    nothing: 'nothing found',
    nothingElse: (news: string) => `${news}, nothing else found`,
    blind: ', but not all could be read',
    more: (first: string, others: number) => `${first} and ${number(others)} more`,
  },

  organization: {
    named: (id: string) => `organization ${id}`,
    folder: (id: string) => `folder ${id}`,
    /** What members are counted in: `3 accounts of organization o-…`. */
    accountsOf: (whole: string): Whole => ({
      all: (value) => `${count(value, 'account')} of ${whole}`,
      part: (value, all) => `${number(value)} of ${count(all, 'account')} of ${whole}`,
      some: number,
    }),
    /** `whole` is null where it is all that the auditor sees. */
    projectsOf: (whole: string | null): Whole => {
      const of = whole === null ? '' : ` of ${whole}`;
      return {
        all: (value) => `${count(value, 'project')}${of}`,
        part: (value, all) => `${number(value)} of ${count(all, 'project')}${of}`,
        some: number,
      };
    },
    affected: (affected: number, all: number, { part }: Whole) => part(affected, all),
    looked: (members: number, { all, some }: Whole, failed: number) =>
      `${all(members)}${failed > 0 ? `; ${some(failed)} of them could not be audited` : ''}`,
    broken: 'What was broken, the worst first',
    counts: (findings: number, news: number) =>
      `${count(findings, 'finding')}${news > 0 ? `, ${number(news)} new` : ''}`,
    owner: (name: string, findings: number) => `${name} (${number(findings)})`,
    leftOut: (findings: number) =>
      `And ${count(findings, 'more finding')} in the accounts' own reports: compared/ACCOUNT.json, beside this report where it is stored.`,
    leftOutOfBatches: (findings: number, files: string) =>
      `And ${count(findings, 'more finding')} in the reports of the batches: ${files}, in the bucket.`,
    columns: ['Severity', 'What', 'Findings', 'New', 'Whose'],
  },

  finding: {
    subject: 'Subject',
    workload: 'Workload',
    cause: 'Cause',
    alsoWrong: 'Also wrong',
    evidence: 'Evidence',
    refused: 'Refused',
    events: 'Events',
    muted: 'Muted',
    fix: 'Fix',
    more: 'More',
    age: (time: string) => `open for ${time}`,
    wasOpen: (time: string) => `was open for ${time}`,
    mutedUntil: (until: string, reason: string) => `muted until ${until}: ${reason}`,
    wasMuted: (until: string, reason: string) => `was muted until ${until}, and stands again: ${reason}`,
    serviceAccount: (name: string, namespace: string) => `service account ${name} in namespace ${namespace}`,
    denial: (code: string, times: number, first: string, last: string) =>
      `${code}, ${count(times, 'time')}; first ${first}, last ${last}`,
    command: 'Command',
    provenPolicy: 'The policy after the repair',
    advisedPolicy: 'The policy, only if the grant is meant',
  },

  sections: {
    changed: 'What changed',
    open: 'Still open, the oldest first',
    rest: 'Not looked at, and the rest',
    also: 'Also found',
    resolved: 'Resolved',
    muted: 'Muted, not counted',
    expired: 'Mutes that have expired',
    broken: 'Rules that broke: a fault of clusterwhy, please report it',
    undecided: 'Rules that could not decide',
    holes: 'Not looked at, or only in part',
    passed: 'Rules that found nothing',
    read: 'Read to the end',
  },

  lines: {
    run: (tool: string, version: string, runId: string) => `${tool} ${version}, run ${runId}`,
    rules: (why: string, rules: string) => `${why}. Rules: ${rules}`,
    where: (places: string) => ` in ${places}`,
    permission: (name: string) => ` (missing permission: ${name})`,
    expired: (at: string, findings: number) => `expired ${at}; ${count(findings, 'finding')} counted again`,
    nothingRead: (places: number) => `nothing: the report names no reading of its ${number(places)} places`,
  },

  cut: {
    missing: (left: number, all: number, counts: string, where: string) =>
      `Cut to fit: ${count(left, 'finding')} of ${number(all)} (${counts}) missing here. The whole report ${where}`,
    at: (address: string) => `is at ${address}`,
    inBucket: 'is in the bucket of the reports, or printed by "clusterwhy audit"',
    values: (values: number, attribute: string) =>
      `${count(values, 'value')} of the attribute "${attribute}"`,
    attributes: (cut: readonly string[]) =>
      `Cut to fit: ${list(cut)} missing from this message's attributes.`,
  },

  mail: {
    wholeReport: 'Open the whole report',
    inReport: 'in the report',
    run: (tool: string, runId: string, from: string, to: string) =>
      `${tool}, run ${runId}, events between ${from} and ${to}.`,
    why: 'You get this because your address is in the settings of the auditor.',
  },

  page: {
    skip: 'Skip to the content',
    bySeverity: 'Findings by severity',
    clusters: 'Clusters',
    overview: 'Overview',
    span: (tool: string, from: string, to: string) => `${tool}, ${from} to ${to}`,
    run: (tool: string, runId: string, from: string, to: string) => `${tool}, run ${runId}, ${from} to ${to}`,
    permission: 'Missing permission:',
    address: 'Permanent address of this finding',
    references: 'References',
    diff: 'What changes in the policy',
    goes: 'goes: ',
    comes: 'comes: ',
    unchanged: (lines: number) => `… ${count(lines, 'line')} unchanged`,
    copy: 'Copy',
    copied: 'Copied',
    selected: 'Selected',
    /** The script of the page puts the numbers in. */
    shown: 'Showing {shown} of {all} findings',
  },

  filters: {
    title: 'Filter the findings',
    all: 'all',
    cloud: 'Cloud',
    account: 'Account or project',
    cluster: 'Cluster',
    severity: 'Severity',
    change: 'Change',
    rule: 'Rule',
    text: 'Text',
    sort: 'Order',
    worst: 'worst first',
    oldest: 'longest open first',
    newest: 'newest first',
    clear: 'Show all',
    option: (name: string, value: number) => `${name} (${number(value)})`,
  },

  grid: {
    caption: 'What was looked at',
    shape: (cloud: string, clusters: number, checks: number) =>
      `${cloud}: ${count(clusters, 'cluster')}, ${count(checks, 'check')}`,
    counts: (found: number, pass: number, unknown: number) =>
      `${number(found)} found something, ${number(pass)} found nothing, ${number(unknown)} could not decide`,
    alt: (caption: string, shape: string, counts: string) => `${caption}. ${shape}: ${counts}.`,
    state: { pass: 'nothing found', unknown: 'not decided', broken: 'broke' },
    found: 'found, by severity',
    pass: 'nothing found',
    unknown: 'not decided, or broke',
    more: (clusters: number) => `and ${count(clusters, 'more cluster')} with nothing worse`,
  },

  chart: {
    caption: 'Findings over time',
    trend: (reports: number, from: number, since: string, to: number) =>
      `${count(reports, 'report')}: ${number(from)} on ${since}, ${number(to)} in the last.`,
    alt: (caption: string, trend: string) => `${caption}. ${trend}`,
  },

  history: {
    title: 'Reports of clusterwhy',
    reports: (reports: number) => `${count(reports, 'report')}, newest first`,
    none: 'No report is kept.',
    nothing: 'nothing found',
    standing: (counts: string) => `${counts} open`,
    noChange: 'no change',
    muted: (findings: number) => `${number(findings)} muted`,
    mutedFindings: (findings: number) => `${count(findings, 'finding')} muted`,
    gaps: (gaps: number) => `${count(gaps, 'gap')} in what was looked at`,
    opened: 'opened',
    closed: 'closed',
    openFor: (time: string) => `, was open for ${time}`,
  },

  /** Around explained errors; what they mean is told where they are known. */
  explain: {
    seen: 'Seen',
    text: 'Text',
    names: 'It names',
    also: 'Also',
    what: 'What',
    usually: 'Usually',
    not: 'Not',
    more: 'More',
    empty: 'Nothing was read: the text is empty. Did the command before the pipe fail?',
    unknown: (lines: number) =>
      `There is no error that clusterwhy knows in ${count(lines, 'line')}, so nothing is guessed. It knows errors of AWS and Google Cloud about identities, permissions and endpoints: see docs/errors.md.`,
    line: (index: number) => `line ${number(index)}`,
    once: (where: string) => `once, in ${where}`,
    times: (value: number, first: string, last: string) =>
      `${count(value, 'time')}, first in ${first}, last in ${last}`,
    /** What of the values is told as what. */
    named: {
      roleArn: 'role',
      subject: 'service account',
      principal: 'caller',
      action: 'action',
      permission: 'permission',
      resource: 'resource',
      policyArn: 'policy',
      issuer: 'issuer',
      host: 'endpoint',
      cluster: 'cluster',
      location: 'location',
      nodePool: 'node pool',
      project: 'project',
      serviceAccountEmail: 'account',
      instanceId: 'instance',
      region: 'region',
      pod: 'pod',
      requestId: 'request id',
      eventId: 'event id',
    },
    /** Before what one case of several names. */
    often: (value: number) => `${value}×: `,
    /** Above what is told of one case of several, from 1. */
    case: (index: number, of: string) => `Case ${number(index)}/${of}`,
    /** In place of what an earlier case says of a suspect. */
    asInCase: (index: number, isSame: boolean) =>
      isSame
        ? `As in case ${number(index)}.`
        : `As in case ${number(index)}, with the commands of this case:`,
    untold: (value: number, isLeast: boolean) =>
      `The text names ${isLeast ? 'at least ' : ''}${count(value, 'more case')} of it; explain a line of each by itself for its commands.`,
    placeholders: 'The text does not name these; each is found with, or in:',
  },

  scan: {
    read: (tool: string, files: number, before: number, source: string, size: string) =>
      `${tool} read ${count(files, 'log file')}${before > 0 ? ` (${number(before)} of them before)` : ''} of ${source}: ${size} of JSON.`,
    /** Moments, empty where there is no bound. */
    none: (from: string, to: string) =>
      `No refused call of a workload was seen${between(from, to)}; many failures leave no event, so that does not show that all is well.`,
    found: (calls: number, distinct: number, from: string, to: string) =>
      `${count(calls, 'refused call')} (${number(distinct)} distinct)${between(from, to)}.`,
    calls: (value: number) => count(value, 'call'),
    role: 'Role',
    caller: 'Caller',
    provider: 'Provider',
    resource: 'Resource',
    account: 'Account',
    message: 'Message',
    seen: 'Seen',
    events: 'Events',
    span: (first: string, last: string) => `first ${first}, last ${last}`,
    moreDenials: (value: number) => `And ${count(value, 'denial')} more: see --output json`,
    moreLines: (value: number) => `And ${count(value, 'line')} more: see --output json`,
  },
};

export type Messages = typeof en;
