/** How to come by credentials, as the end of a sentence. */
import type { Localized } from '../../shared/words.ts';

export const awsSignIn: Localized = {
  en: 'sign in with `aws login` or `aws sso login`, set AWS_PROFILE, or pass --profile',
  ja: '`aws login` または `aws sso login` でサインインするか、AWS_PROFILE を設定するか、--profile を指定してください',
};

export const googleSignIn: Localized = {
  en: 'run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS',
  ja: '"gcloud auth application-default login" を実行するか、GOOGLE_APPLICATION_CREDENTIALS を設定してください',
};
