/** What the command line says in English besides its results. Every other catalogue has the type of this one. */
const numbers = new Intl.NumberFormat('en-US');
const plurals = new Intl.PluralRules('en');
const number = (value: number): string => numbers.format(value);
const count = (value: number, noun: string): string =>
  `${number(value)} ${noun}${plurals.select(value) === 'one' ? '' : 's'}`;
const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export const en = {
  ending: {
    interrupted: 'interrupted',
    terminated: 'terminated',
    noCommand:
      'No command was given: "clusterwhy demo" shows what it does, "clusterwhy --help" lists the commands',
  },
  demo: {
    begin:
      'This demo runs the auditor over a simulated AWS and a simulated Google Cloud on this machine, three days in a row. It needs no account and no network.',
    begins: (day: number) => `Day ${number(day)}: the auditor begins`,
    steps: {
      gke: () => 'Cloud Function gke: the projects of Google Cloud',
      plan: () => 'Lambda plan: the accounts of the run',
      audit: (account: string) => `Lambda audit: the account ${account}`,
      digest: () => 'Lambda digest: one report of both clouds, mailed and published',
    },
    day: (day: number, date: string) => `Day ${number(day)} (${date}): what the auditor found`,
    between: (day: number) => `Before day ${number(day)}`,
    repaired: (finding: string) => `Somebody runs the fix that was printed for the finding ${finding}:`,
    broke: (role: string) =>
      `Somebody misspells the service account in the trust policy of the role ${role}, and its pod is refused.`,
    muted: (mutes: readonly { rule: string; reason: string; expires: string }[]) =>
      `A file of mutes says what the team lives with: ${mutes
        .map(({ rule, reason, expires }) => `${rule} until ${expires} (${reason})`)
        .join('; ')}.`,
    closed: (project: string) =>
      `Somebody takes the permission to list the clusters of the project ${project} from the auditor. What was open there is not resolved by that.`,
    reasons: {
      tooBroad: 'accepted until the move to Pod Identity',
      orphaned: 'the provider is deleted today',
    },
    mail: 'Mail:',
    inFull: 'One of them, as the report tells it',
    unseen: 'open, not looked at today',
    recheck: 'Is it repaired? Ask for one finding, without waiting for tomorrow',
    rechecked: (finding: string) => `The fix that was printed for ${finding} was run. It is looked at again:`,
    history: 'What opened and closed, from the bucket of the reports',
    files: 'Saved to be looked at',
    index: 'All days, with links to their pages:',
    page: 'The page of the last day:',
    report: 'The last report as files:',
    mailOf: (day: number) => `The mail of day ${number(day)}:`,
    html: 'The HTML of the last mail:',
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
    delivered: (channel: string, state: 'sent' | 'already sent') => `${channel}: ${state}`,
  },
  output: {
    report: (path: string) => `The report is in ${path}`,
    result: (path: string) => `The result is in ${path}`,
  },
  invoke: {
    begun: (execution: string) => `A run begins: ${execution}`,
    goesOn: 'It goes on where this command is stopped',
    step: (name: string) => name,
    noSteps: (why: string) => `The steps cannot be shown: ${why}`,
  },
  history: {
    none: (bucket: string) =>
      `There is no report in s3://${bucket} yet: start a run with "clusterwhy invoke"`,
  },
  explain: {
    notLookedAt: (cloud: string, why: string) => `${cloud} could not be looked at: ${why}`,
    noFile: (name: string) => `There is no file ${name}: it was read as the text of an error`,
    /** What a look at the clouds came to. */
    live: {
      heading: 'What the clouds show now',
      several: (value: number) =>
        `${number(value)} findings may lead to this error; the text names nothing that tells them apart (more of the log may):`,
      more: (value: number) => `… and ${count(value, 'finding')} more.`,
      moreReasons: (value: number) => `… and ${count(value, 'reason')} more.`,
      atTheEnd: 'The evidence and what repairs it are at the end.',
      state: {
        nothing:
          'Nothing that leads to this error is wrong now. It may have been repaired meanwhile; where the error goes on, its causes are told below. "clusterwhy audit" shows everything else that it finds.',
        undecided: 'No cause was found, and this is not known:',
        elsewhere:
          'No rule of an audit tells this cause, for only the pod, the machine or the login itself shows it: the clouds were not asked.',
        'not looked at': 'Nothing was looked at.',
      },
      otherAccount: (account: string, looked: string) =>
        `The text names the AWS account ${account}, and the credentials are of ${looked}: what is in ${account} (roles, trust policies, identity providers) was not looked at; name credentials of it with --profile`,
      noRecord: (requests: readonly string[], regions: readonly string[]) =>
        `CloudTrail has no record of the request ${requests.join(', ')} in ${regions.join(', ')} (yet): records come up to 15 minutes after the call; then ask again, or name another region with --region, an earlier time with --since`,
      noRole: (role: string, account: string) =>
        `There is no role ${role} in the account ${account}: what does not exist is refused in the same words. Correct the annotation of the service account, or make the role`,
      noProvider: (issuer: string, account: string) =>
        `The account ${account} has no OIDC provider for ${issuer}. Where that is a cluster of yours, make it, in the account of the role:`,
      onlyTold: (calls: readonly string[]) =>
        `Known from the text alone, for the event history does not hold them, and judged by the policies of today: ${calls.join(', ')}`,
      noCall:
        'no refused call like this stands in the event history (which never holds those for S3 objects, DynamoDB items and messages), and the text does not name both a role of this account and the action: paste the whole message',
      notSeen:
        'no refusal like this stands in the logs and operations that were read, so whether the account that was refused has the permission today is not known',
      noCluster:
        'where the cluster is: the text does not name it with its project, or the clusters there could not all be read',
      notDecoded: (why: string) =>
        `The encoded message could not be decoded, so what was refused to whom is not known: ${why}`,
      notSearched: (why: string) => `CloudTrail could not be searched for the request: ${why}`,
      tooMany:
        'there are more events of its operation than a minute can read; shorten --since, or name the region with --region',
      older: (time: string, from: string) =>
        `The error is of ${time}, and events were read from ${from} on: --since reaches further back (CloudTrail keeps 90 days)`,
      noProject: (project: string, why: string) =>
        `The text names a project of Google Cloud by its number ${project}, whose id could not be read: ${why}`,
      onlyNumbers: 'Google Cloud was not looked at: name the project with --project',
      manyProjects: (value: number) =>
        `Google Cloud was not looked at: the text names no project, and the credentials see ${number(value)}; name one with --project`,
      isThere: (cluster: string, location: string) =>
        `There is a cluster ${cluster} in ${location} now: it was made since, or the login or the kubeconfig is an old one. "gcloud auth login" signs in anew; then fetch its credentials:`,
      isElsewhere: (cluster: string, locations: readonly string[]) =>
        `The cluster ${cluster} is in ${locations.join(', ')}:`,
      isNowhere: (cluster: string, project: string, others: readonly string[]) =>
        others.length === 0
          ? `The project ${project} has no cluster at all: ${cluster} was deleted, or is in another project`
          : `The project ${project} has no cluster ${cluster}: it was deleted, or is in another project. There are ${others.join(', ')}`,
    },
  },
  rules: {
    needs: 'Needs:',
    need: { whole: 'whole', partial: 'partial', optional: 'optional', supporting: 'supporting' },
  },
  scan: {
    title: (source: string) => `Scanning ${source}`,
    read: (files: number, megabytes: string) => `${number(files)} files, ${megabytes} MB of JSON`,
    damaged: (files: number) => `, ${number(files)} damaged`,
  },
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
