import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { EmailIdentity, Identity } from 'aws-cdk-lib/aws-ses';
import { Construct } from 'constructs';
import { environment } from '../../shared/settings.ts';
import type { StackSettings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';

/** Mail of its own, besides the topic's: HTML and text, through SES or through a mail server. */
export class MailSender extends Construct {
  /** What the digest has to know of it. */
  readonly environment: Record<string, string>;
  readonly #settings: StackSettings;
  readonly #password: Secret | undefined;

  constructor(scope: Construct, id: string, settings: StackSettings) {
    super(scope, id);
    this.#settings = settings;
    if (settings.sesIdentity !== null) this.#verify(settings.sesIdentity);
    const hasLogin = settings.smtpUrl !== null && new URL(settings.smtpUrl).username !== '';
    this.#password = hasLogin ? this.#makePassword() : undefined;
    this.environment = {
      ...mailEnvironment(settings),
      ...(this.#password && { [environment.smtpPasswordSecret]: this.#password.secretArn }),
    };
  }

  /** Lets the digest send as `mailFrom`, and as nobody else. */
  grantSend(role: Role): void {
    if (this.#settings.mailFrom === null) return;
    if (this.#password) {
      const resources = [this.#password.secretArn];
      allow(role, { sid: 'ReadMailPassword', actions: ['secretsmanager:GetSecretValue'], resources });
    }
    if (this.#settings.smtpUrl !== null) return;
    allow(role, {
      sid: 'SendMail',
      actions: ['ses:SendEmail'],
      resources: sesResources(this.#settings).map((resource) =>
        Stack.of(this).formatArn({ service: 'ses', resource }),
      ),
      conditions: { StringEquals: { 'ses:FromAddress': this.#settings.mailFrom } },
    });
  }

  #verify(name: string): void {
    const identity = new EmailIdentity(this, 'Identity', {
      identity: name.includes('@') ? Identity.email(name) : Identity.domain(name),
    });
    identity.dkimRecords.forEach(({ name: record, value }, index) => {
      if (!name.includes('@')) output(this, `DkimRecord${index + 1}`, `${record} CNAME ${value}`);
    });
  }

  /** Made with a random text, so that nobody's password is ever in a template; the real one is put in by hand. */
  #makePassword(): Secret {
    const secret = new Secret(this, 'SmtpPassword', {
      description: 'Password of the mail server, as plain text',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(secret, 'SMG4', 'The password belongs to a mail server that AWS cannot change it on.');
    output(this, 'SmtpPasswordSecret', secret.secretArn);
    return secret;
  }
}

function mailEnvironment({
  mailFrom,
  mailTo,
  mailUnsubscribe,
  smtpUrl,
}: StackSettings): Record<string, string> {
  if (mailFrom === null) return {};
  return {
    [environment.mailFrom]: mailFrom,
    [environment.mailTo]: mailTo.join(','),
    [environment.mailTransport]: smtpUrl === null ? 'ses' : 'smtp',
    ...(mailUnsubscribe !== null && { [environment.mailUnsubscribe]: mailUnsubscribe }),
    ...(smtpUrl !== null && { [environment.smtpUrl]: smtpUrl }),
  };
}

/**
 * The sender is verified as an address or by its domain or one above it; in its sandbox SES also asks whether the
 * caller may use the identities of the recipients, and elsewhere for the configuration set.
 */
function sesResources({ mailFrom, mailTo, sesIdentity, sesConfigurationSet }: StackSettings): string[] {
  const addresses = [mailFrom ?? '', ...mailTo];
  const domains = addresses.map((address) => address.split('@')[1] ?? '');
  const identities = [...addresses, ...domains, ...(sesIdentity === null ? [] : [sesIdentity])];
  const resources = identities.map((identity) => `identity/${identity}`);
  if (sesConfigurationSet !== null) resources.push(`configuration-set/${sesConfigurationSet}`);
  return [...new Set(resources)];
}

function output(scope: Construct, key: string, value: string): void {
  new CfnOutput(Stack.of(scope), key, { value });
}
