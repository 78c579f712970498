/** The gcloud commands that findings and the deployment may print, with the flags that gcloud's own help (528.0.0) gives them. */

export interface GcloudCommand {
  /** How many positional arguments it takes: at least, at most. */
  positionals: [number, number];
  required: string[];
  /** Flags that take a value. */
  values: string[];
  switches?: string[];
  /** Groups of flags of which exactly one must be given. */
  oneOf?: string[][];
}

/** Those that every command takes. */
const everywhere = { values: ['--project', '--format'], switches: ['--quiet'] };

const binding = ['--member', '--role', '--condition'];
const level = ['--organization', '--file'];
const listed = ['--filter', '--flatten'];
const job = [
  ...['--location', '--schedule', '--time-zone', '--uri', '--http-method', '--message-body'],
  ...['--attempt-deadline', '--oidc-service-account-email', '--oidc-token-audience'],
  '--oauth-service-account-email',
];
const place = ['--location', '--region', '--zone'];
/** Of a role that is no predefined one. */
const owner = ['--organization', '--project'];
/** Each is a change by itself: gcloud takes one of them at a time. */
const clusterChanges = [
  ...['--workload-pool', '--database-encryption-key', '--remove-maintenance-exclusion'],
  ...['--start-credential-rotation', '--complete-credential-rotation', '--start-ip-rotation'],
  '--enable-dns-access',
];

export const gcloudCommands: Record<string, GcloudCommand> = {
  'auth application-default login': { positionals: [0, 0], required: [], values: ['--scopes'] },
  'auth login': { positionals: [0, 1], required: [], values: ['--cred-file'] },
  'beta services identity create': { positionals: [0, 0], required: ['--service'], values: ['--service'] },
  'components install': { positionals: [1, 9], required: [], values: [] },
  'compute networks subnets add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role', '--region'],
    values: ['--member', '--role', '--region'],
  },
  'container clusters get-credentials': {
    positionals: [1, 1],
    required: [],
    oneOf: [place],
    values: place,
    switches: ['--dns-endpoint', '--internal-ip'],
  },
  'container clusters update': {
    positionals: [1, 1],
    required: [],
    oneOf: [place, clusterChanges],
    values: [...place, '--workload-pool', '--database-encryption-key', '--remove-maintenance-exclusion'],
    switches: [
      '--start-credential-rotation',
      '--complete-credential-rotation',
      '--start-ip-rotation',
      '--enable-dns-access',
    ],
  },
  'container clusters upgrade': {
    positionals: [1, 1],
    required: [],
    oneOf: [place],
    values: [...place, '--cluster-version', '--node-pool'],
    switches: ['--master', '--async'],
  },
  'container node-pools update': {
    positionals: [1, 1],
    required: [],
    oneOf: [place],
    values: [...place, '--cluster', '--workload-metadata'],
  },
  'functions add-invoker-policy-binding': {
    positionals: [1, 1],
    required: ['--member'],
    values: ['--member', '--region'],
  },
  'functions delete': { positionals: [1, 1], required: [], values: ['--region'] },
  'functions deploy': {
    positionals: [1, 1],
    required: [],
    values: [
      ...['--runtime', '--region', '--source', '--entry-point', '--service-account', '--memory', '--timeout'],
      ...['--max-instances', '--concurrency', '--env-vars-file', '--set-secrets'],
    ],
    switches: ['--gen2', '--trigger-http', '--no-allow-unauthenticated', '--clear-secrets'],
  },
  'functions describe': { positionals: [1, 1], required: [], values: ['--region'] },
  'iam roles create': { positionals: [1, 1], required: [], values: level, oneOf: [owner] },
  'iam roles delete': { positionals: [1, 1], required: [], values: ['--organization'], oneOf: [owner] },
  'iam roles describe': { positionals: [1, 1], required: [], values: ['--organization'], oneOf: [owner] },
  'iam roles list': { positionals: [0, 0], required: [], values: ['--organization', ...listed] },
  'iam roles undelete': { positionals: [1, 1], required: [], values: ['--organization'], oneOf: [owner] },
  'iam service-accounts add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'iam roles update': { positionals: [1, 1], required: [], values: level, oneOf: [owner] },
  'iam service-accounts create': { positionals: [1, 1], required: [], values: ['--display-name'] },
  'iam service-accounts delete': { positionals: [1, 1], required: [], values: [] },
  'iam service-accounts describe': { positionals: [1, 1], required: [], values: [] },
  'iam service-accounts enable': { positionals: [1, 1], required: [], values: [] },
  'iam service-accounts remove-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
    switches: ['--all'],
  },
  'iam service-accounts undelete': { positionals: [1, 1], required: [], values: [] },
  'kms keys add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role', '--keyring', '--location'],
    values: [...binding, '--keyring', '--location'],
  },
  'kms keys versions enable': {
    positionals: [1, 1],
    required: ['--key', '--keyring', '--location'],
    values: ['--key', '--keyring', '--location'],
  },
  'kms keys versions restore': {
    positionals: [1, 1],
    required: ['--key', '--keyring', '--location'],
    values: ['--key', '--keyring', '--location'],
  },
  'organizations add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'organizations get-iam-policy': { positionals: [1, 1], required: [], values: listed },
  'organizations remove-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
    switches: ['--all'],
  },
  'projects add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'projects describe': { positionals: [1, 1], required: [], values: [] },
  'projects get-iam-policy': { positionals: [1, 1], required: [], values: listed },
  'projects remove-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
    switches: ['--all'],
  },
  'projects set-iam-policy': { positionals: [2, 2], required: [], values: [] },
  'resource-manager folders add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'resource-manager folders get-iam-policy': { positionals: [1, 1], required: [], values: listed },
  'resource-manager folders remove-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
    switches: ['--all'],
  },
  'scheduler jobs create http': {
    positionals: [1, 1],
    required: ['--schedule', '--uri'],
    values: [...job, '--headers'],
  },
  'scheduler jobs delete': { positionals: [1, 1], required: [], values: ['--location'] },
  'scheduler jobs describe': { positionals: [1, 1], required: [], values: ['--location'] },
  'scheduler jobs update http': {
    positionals: [1, 1],
    required: [],
    values: [...job, '--update-headers'],
  },
  'secrets add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'secrets get-iam-policy': { positionals: [1, 1], required: [], values: listed },
  'secrets remove-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: binding,
  },
  'storage buckets add-iam-policy-binding': {
    positionals: [1, 1],
    required: ['--member', '--role'],
    values: ['--member', '--role'],
  },
  'storage buckets create': {
    positionals: [1, 1],
    required: [],
    values: ['--location', '--lifecycle-file'],
    switches: ['--uniform-bucket-level-access', '--public-access-prevention'],
  },
  'storage buckets describe': { positionals: [1, 1], required: [], values: [] },
  'storage rm': { positionals: [1, 1], required: [], values: [], switches: ['--recursive'] },
  'workflows delete': { positionals: [1, 1], required: [], values: ['--location'] },
  'workflows deploy': {
    positionals: [1, 1],
    required: [],
    values: ['--location', '--source', '--service-account'],
  },
  'workflows describe': { positionals: [1, 1], required: [], values: ['--location'] },
  'services enable': { positionals: [1, 20], required: [], values: [], switches: ['--async'] },
};

/** What gcloud would say against a command, in its own order; empty where it would take it. */
export function objectionsTo(command: string): string[] {
  return callsIn(command).flatMap(({ name, words, text }) =>
    name === null ? [`no such command: ${text}`] : objections(gcloudCommands[name], words),
  );
}

export interface GcloudCall {
  /** As in the table; null where it holds no such command. */
  name: string | null;
  /** What stands behind the name. */
  words: string[];
  text: string;
}

/** The calls of gcloud in a printed command, which may be a pipe. */
export function callsIn(command: string): GcloudCall[] {
  return command.split(/ \| (?=gcloud )/).map((text) => {
    const words = shellWords(text.split(' | jq ')[0] ?? '');
    const rest = words.slice(1).join(' ');
    const name = Object.keys(gcloudCommands).find((each) => rest === each || rest.startsWith(`${each} `));
    if (words[0] !== 'gcloud' || !name) return { name: null, words, text };
    return { name, words: words.slice(1 + name.split(' ').length), text };
  });
}

function objections(command: GcloudCommand | undefined, words: string[]): string[] {
  if (!command) return [];
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=', 1)[0] ?? '');
  const { length } = words.filter((word) => !word.startsWith('--'));
  const [least, most] = command.positionals;
  const values = [...command.values, ...everywhere.values];
  const switches = [...(command.switches ?? []), ...everywhere.switches];
  return [
    ...flags
      .filter((flag) => !values.includes(flag) && !switches.includes(flag))
      .map((flag) => `no such flag: ${flag}`),
    ...words.filter((word) => values.includes(word)).map((flag) => `no value: ${flag}`),
    ...command.required.filter((flag) => !flags.includes(flag)).map((flag) => `missing flag: ${flag}`),
    ...(command.oneOf ?? []).flatMap((group) => {
      const given = group.filter((flag) => flags.includes(flag));
      return given.length === 1 ? [] : [`${given.length} of ${group.join(', ')}`];
    }),
    ...(length < least || length > most ? [`${length} positional arguments`] : []),
  ];
}

/** The words of a command as a POSIX shell makes them: bare, or in single quotes. */
export function shellWords(command: string): string[] {
  const words = command.match(/(?:[^\s'\\]|\\.|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted: string, escaped: string) => quoted ?? escaped),
  );
}
