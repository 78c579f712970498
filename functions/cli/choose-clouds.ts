/** Which clouds an audit reads: those that are asked for, else those whose credentials are at hand. */
import { CredentialsError, type AwsClients } from '../../shared/collect/aws/account.ts';
import { GoogleCredentialsError } from '../../shared/collect/gcp/google-api-error.ts';
import type { GoogleClients } from '../../shared/collect/gcp/google-api.ts';
import { saidBy } from '../../shared/localized-error.ts';
import type { CoverageNote } from '../../shared/report.ts';
import type { Collector } from '../audit-report.ts';
import { NoProjectsError } from '../run-gcp-audit.ts';
import type { Session } from './session.ts';
import { awsSignIn, googleSignIn } from './sign-in.ts';
import { UserError } from './user-error.ts';

export interface CloudOptions {
  aws?: boolean;
  gcp?: boolean;
  profile?: string;
  region?: string[];
  project?: string[];
  organization?: string;
  canary?: string[];
  connect?: boolean;
}

/** What each cloud is asked with; a cloud that is not asked has none. */
export interface ChosenClouds {
  aws: AwsClients | null;
  google: GoogleClients | null;
  /** Whether a cloud was named; one that was only found at hand may fail without the other. */
  named: { aws: boolean; google: boolean };
}

interface Ways {
  aws(): AwsClients;
  google(): Promise<GoogleClients>;
}

/** An option of one cloud's own names that cloud as its flag does, but does not leave the other out. */
export async function chooseClouds(
  session: Session,
  options: CloudOptions,
  ways: Ways,
): Promise<ChosenClouds> {
  const { ofAws, ofGoogle } = optionsOfOne(options);
  const both = options.aws === options.gcp;
  const named = {
    aws: Boolean(options.aws) || ofAws !== null,
    google: Boolean(options.gcp) || ofGoogle !== null,
  };
  const [aws, google] = await Promise.all([
    both || options.aws ? atHandAws(ways.aws(), named.aws) : null,
    both || options.gcp ? atHandGoogle(ways, named.google) : null,
  ]);
  if (!aws && !google)
    throw new UserError({
      en: `Cannot audit: no credentials were found, neither for AWS (${awsSignIn.en}) nor for Google Cloud (${googleSignIn.en})`,
      ja: `監査できません: AWS (${awsSignIn.ja}) の認証情報も、Google Cloud (${googleSignIn.ja}) の認証情報も見つかりません`,
    });
  const { language, says } = session;
  if (both && !aws) session.log('info', says.audit.withoutAws(awsSignIn[language]));
  if (both && !google) session.log('info', says.audit.withoutGoogle(googleSignIn[language]));
  return { aws, google, named };
}

/** The first of these options that was given, as it is written. */
function given(options: CloudOptions, names: readonly (keyof CloudOptions)[]): string | null {
  const name = names.find((one) => options[one] !== undefined);
  return name === undefined ? null : `--${name}`;
}

/** Of each cloud's own options one that was given, as it is written. */
function optionsOfOne(options: CloudOptions): { ofAws: string | null; ofGoogle: string | null } {
  return {
    ofAws: given(options, ['profile', 'region']),
    ofGoogle: given(options, ['project', 'organization', 'canary', 'connect']),
  };
}

/** @throws {UserError} for an option of the one cloud where only the other is asked */
export function checkClouds(options: CloudOptions): void {
  const { aws, gcp } = options;
  const { ofAws, ofGoogle } = optionsOfOne(options);
  if (gcp && !aws && ofAws)
    throw new UserError({
      en: `Cannot use ${ofAws} with --gcp: it is for AWS; drop it, or add --aws`,
      ja: `${ofAws} は --gcp と同時に使用できません: AWS のオプションです。外すか、--aws を追加してください`,
    });
  if (aws && !gcp && ofGoogle)
    throw new UserError({
      en: `Cannot use ${ofGoogle} with --aws: it is for Google Cloud; drop it, or add --gcp`,
      ja: `${ofGoogle} は --aws と同時に使用できません: Google Cloud のオプションです。外すか、--gcp を追加してください`,
    });
}

/** Null where nothing says who asks; credentials that are no longer accepted are told when they are used. */
async function atHandAws(clients: AwsClients, isNamed: boolean): Promise<AwsClients | null> {
  if (isNamed) return clients;
  try {
    await clients.sts.config.credentials();
    return clients;
  } catch (error) {
    return /Could not load credentials from any providers/.test(String(error)) ? null : clients;
  }
}

async function atHandGoogle(ways: Ways, isNamed: boolean): Promise<GoogleClients | null> {
  try {
    return await ways.google();
  } catch (error) {
    const isAbsent = /Could not load the default credentials/.test(String((error as Error).cause));
    if (!isNamed && isAbsent) return null;
    throw error;
  }
}

/**
 * A collector for which credentials that are not accepted, or see nothing, are a gap in the coverage. For a cloud that
 * was only found at hand: the report of the other goes out.
 */
export function orGap(collect: Collector, cloud: 'aws' | 'gcp', onGap: (error: Error) => void): Collector {
  return async (time) => {
    try {
      return await collect(time);
    } catch (error) {
      if (!isAboutCredentials(error)) throw error;
      onGap(error);
      return { observations: [], gaps: [gapOf(cloud, error)] };
    }
  };
}

function isAboutCredentials(error: unknown): error is Error {
  return (
    error instanceof CredentialsError ||
    error instanceof GoogleCredentialsError ||
    error instanceof NoProjectsError
  );
}

function gapOf(cloud: 'aws' | 'gcp', error: Error): CoverageNote {
  const account = cloud === 'aws' ? 'the account of the credentials' : 'all projects';
  const fact = cloud === 'aws' ? 'account' : 'projects';
  return { cloud, account, location: null, fact, complete: false, why: saidBy(error) };
}
