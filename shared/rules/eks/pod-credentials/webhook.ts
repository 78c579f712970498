/** EKS's webhook, which injects the credentials of Pod Identity and web identity into new pods. */
import type { PodWebhook } from '../../../domain/kubernetes.ts';

/** EKS names it `iam-for-pods.amazonaws.com` in the configuration `pod-identity-webhook`; who installs it himself keeps one of the names. */
export function isIdentityWebhook({ configuration, name, target }: PodWebhook): boolean {
  return [configuration, name, target].some((text) => /pod-identity|iam-for-pods/i.test(text));
}
