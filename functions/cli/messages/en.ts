/** What the command line says in English besides its results. Every other catalogue has the type of this one. */
const numbers = new Intl.NumberFormat('en-US');
const plurals = new Intl.PluralRules('en');
const number = (value: number): string => numbers.format(value);
const count = (value: number, noun: string): string =>
  `${number(value)} ${noun}${plurals.select(value) === 'one' ? '' : 's'}`;
const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export const en = {
  demo: {
    begin:
      'This demo runs the auditor over a simulated AWS and a simulated Google Cloud on this machine. It needs no account and no network.',
    day: 'The auditor begins its day',
    page: 'The report as a page:',
    mail: 'The mail it was sent as:',
    html: "The mail's HTML:",
    subject: "The mail's subject:",
  },
  reading: {
    clouds: (clouds: readonly string[]) => `Reading ${clouds.join(' and ')}`,
    organization: 'Reading the organization',
    named: 'Looking at the clouds for what the text names',
    state: (region: string, isDone: boolean) => `${region}: ${isDone ? 'done' : 'reading'}`,
    clusters: (value: number) => count(value, 'cluster'),
    clustersOf: (place: string, value: number) => `${place}: ${count(value, 'cluster')}`,
    events: (value: number) => count(value, 'event'),
    eventsOf: (region: string, value: number, covered: string) =>
      `${region}: ${count(value, 'event')}, ${covered}`,
    covered: (share: number) => `${percent(share)} of the window`,
    spent: (seconds: number, of: number) => `, ${number(seconds)} of ${number(of)} s`,
    minutesLeft: (value: number) =>
      `, about ${number(value)} min left (a shorter --since takes less, and --trail reads log files)`,
    projectsToRead: (value: number) => `${count(value, 'project')} to read`,
    accounts: (done: number, of: number) => `${number(done)} of ${count(of, 'account')}`,
    projects: (done: number, of: number) => `${number(done)} of ${count(of, 'project')}`,
    regions: (done: number, of: number) => `${number(done)} of ${count(of, 'region')}`,
    join: (parts: readonly string[]) => parts.join(', '),
  },
  audit: {
    allNew: (why: string) => `Everything is shown as new: ${why}`,
    noFinding: (id: string) =>
      `There is no finding ${id} in what was looked at: it is resolved, was never here, or lies outside of the regions, the window, the clusters or the severity that were asked for`,
    below: (left: number, severity: string) =>
      `${count(left, 'finding')} below "${severity}" ${left === 1 ? 'is' : 'are'} not shown`,
    broken: (rules: string) =>
      `clusterwhy: ${rules} failed by a fault of clusterwhy itself; please report it with the report's "outcomes"`,
    withoutAws: (remedy: string) => `AWS is left out, for no credentials were found: ${remedy}`,
    withoutGoogle: (remedy: string) => `Google Cloud is left out, for no credentials were found: ${remedy}`,
    forgotten: (why: string) => `The next audit will not know the clusters of this one: ${why}`,
  },
  output: {
    report: (path: string) => `The report is in ${path}`,
    result: (path: string) => `The result is in ${path}`,
  },
  invoke: {
    begun: (execution: string) => `A run begins: ${execution}`,
    goesOn: 'It goes on where this command is stopped',
    noSteps: (why: string) => `The steps cannot be shown: ${why}`,
  },
  history: {
    none: (bucket: string) =>
      `There is no report in s3://${bucket} yet: start a run with "clusterwhy invoke"`,
  },
  explain: {
    noFile: (name: string) => `There is no file ${name}: it was read as the text of an error`,
    nothing:
      'The audit found nothing about what the text names; "clusterwhy audit" shows everything that it finds',
  },
  rules: { needs: 'Needs:' },
  canAssume: {
    allowed: 'ALLOWED',
    denied: 'DENIED',
    malformed: 'MALFORMED',
    verdict: {
      Allowed: (caller: string, role: string) => `The trust policy lets ${caller} assume ${role}.`,
      ImplicitlyDenied: (caller: string, role: string) => `No statement lets ${caller} assume ${role}.`,
      ExplicitlyDenied: (caller: string, role: string) => `A Deny keeps ${caller} from assuming ${role}.`,
      Malformed: (_: string, role: string) => `IAM would refuse the trust policy of ${role}.`,
    },
    statement: (index: number) => `Statement ${number(index)}`,
    applies: 'applies',
    appliesNot: 'does not apply',
    policy: 'policy',
    request: 'request',
    theRole: 'the role',
    noKey: '(the request has no such key)',
    nothing: '(nothing)',
    causes: (value: number): string => (value === 1 ? 'Cause' : 'Causes'),
    fix: 'Fix',
    proven: ' (proven)',
  },
};

export type CliMessages = typeof en;
