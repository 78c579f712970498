/** Makes the Google clients: who asks, and where. */
import { readFile } from 'node:fs/promises';
import { GoogleAuth, Impersonated, OAuth2Client, type AuthClient } from 'google-auth-library';
import { cannot, remedied } from '../shared/collect/cannot.ts';
import { GoogleCredentialsError } from '../shared/collect/gcp/google-api-error.ts';
import type { GoogleClients } from '../shared/collect/gcp/google-api.ts';
import { googleEnvironment, type GoogleSettings } from '../shared/google-settings.ts';
import type { Localized } from '../shared/words.ts';

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Credentials from a token file, else application default ones: a file, gcloud's, federation, or the machine's own.
 * @throws {GoogleCredentialsError} where there are none, with what to do
 */
export async function makeGoogleClients(settings: GoogleSettings): Promise<GoogleClients> {
  const source = await sourceClient(settings);
  const auth = settings.impersonate ? impersonated(source, settings.impersonate, settings) : source;
  if (settings.quotaProject) auth.quotaProjectId = settings.quotaProject;
  return { auth, endpoints: settings.endpoints };
}

/**
 * An identity token of the service account that asks, for others to tell who it is.
 * @throws {GoogleCredentialsError} where the credentials are none of a service account, or are not accepted
 */
export async function googleIdentityToken(settings: GoogleSettings, audience: string): Promise<string> {
  const source = await sourceClient(settings);
  const client = settings.impersonate ? impersonated(source, settings.impersonate, settings) : source;
  if (!canIdentify(client)) throw new GoogleCredentialsError(cannot(gettingToken, noServiceAccount));
  try {
    return await client.fetchIdToken(audience);
  } catch (cause) {
    const why = remedied((cause as Error).message, checkAccount);
    throw new GoogleCredentialsError(cannot(gettingToken, why), { cause });
  }
}

const gettingToken = {
  en: 'get an identity token from Google',
  ja: 'Google から ID トークンを取得',
};
const noServiceAccount = {
  en: `these credentials are none of a service account; run it as one, or set ${googleEnvironment.impersonate}`,
  ja: `この認証情報はサービスアカウントのものではありません。サービスアカウントとして実行するか、${googleEnvironment.impersonate} を設定してください`,
};
const checkAccount = {
  en: 'check the service account that this runs as',
  ja: '実行に使うサービスアカウントを確認してください',
};

function canIdentify(client: object): client is { fetchIdToken(audience: string): Promise<string> } {
  return 'fetchIdToken' in client;
}

async function sourceClient({ accessTokenFile }: GoogleSettings): Promise<AuthClient> {
  if (accessTokenFile) return tokenClient(accessTokenFile);
  try {
    // Without a project the library looks for one, with a request of its own that federated credentials may not make.
    return await new GoogleAuth({ scopes, projectId: 'not-used' }).getClient();
  } catch (cause) {
    throw new GoogleCredentialsError(noCredentials, { cause });
  }
}

const noCredentials = {
  en: 'Cannot sign in to Google Cloud: no credentials were found; run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS',
  ja: 'Google Cloud にサインインできません: 認証情報が見つかりません。"gcloud auth application-default login" を実行するか、GOOGLE_APPLICATION_CREDENTIALS を設定してください',
};

/** The file holds the token alone, as gcloud writes and reads it; it is used as long as it holds. */
async function tokenClient(file: string): Promise<OAuth2Client> {
  let token;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new GoogleCredentialsError(cannot(readingToken(file), notOpened), { cause });
  }
  if (!token) throw new GoogleCredentialsError(cannot(readingToken(file), fileIsEmpty));
  const client = new OAuth2Client();
  client.setCredentials({ access_token: token });
  return client;
}

function readingToken(file: string): Localized {
  return { en: `read the access token in ${file}`, ja: `${file} のアクセストークンを取得` };
}

const notOpened = {
  en: `the file cannot be opened; correct ${googleEnvironment.accessTokenFile}`,
  ja: `ファイルを開けません。${googleEnvironment.accessTokenFile} を訂正してください`,
};
const fileIsEmpty = { en: 'the file is empty', ja: 'ファイルが空です' };

function impersonated(source: AuthClient, account: string, { iamCredentials }: GoogleSettings): Impersonated {
  return new Impersonated({
    sourceClient: source,
    targetPrincipal: account,
    targetScopes: scopes,
    lifetime: 3600,
    endpoint: iamCredentials,
  });
}
