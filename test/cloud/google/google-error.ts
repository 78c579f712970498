/** Errors as Google's REST APIs send them: code, status, message, and ErrorInfo (google.rpc, AIP-193). */

const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

interface Details {
  status?: string;
  /** `ErrorInfo.reason` with its metadata. */
  reason?: string;
  domain?: string;
  metadata?: Record<string, string>;
  /** The older `errors[].reason`, which Compute still sends alone. */
  legacyReason?: string;
  headers?: Record<string, string>;
  /** Further `details[]`, such as `google.rpc.Help`. */
  more?: object[];
}

export class GoogleError extends Error {
  override readonly name = 'GoogleError';
  readonly code: number;
  readonly details: Details;

  constructor(code: number, message: string, details: Details = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }

  /** The response body. */
  body(): object {
    const {
      status,
      reason,
      domain = 'googleapis.com',
      metadata = {},
      legacyReason,
      more = [],
    } = this.details;
    const info = reason
      ? [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata }]
      : [];
    const details = [...more, ...info];
    const legacy = legacyReason
      ? { errors: [{ message: this.message, domain: 'global', reason: legacyReason }] }
      : {};
    return {
      error: {
        code: this.code,
        message: this.message,
        ...legacy,
        status: status ?? statuses[this.code] ?? 'UNKNOWN',
        ...(details.length > 0 ? { details } : {}),
      },
    };
  }
}

export function permissionDenied(permission: string, resource: string, message?: string): GoogleError {
  const text =
    message ?? `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`;
  return new GoogleError(403, text, {
    reason: 'IAM_PERMISSION_DENIED',
    domain: 'iam.googleapis.com',
    metadata: { permission, resource },
  });
}

export function notFound(message: string): GoogleError {
  return new GoogleError(404, message);
}

export function invalid(message: string): GoogleError {
  return new GoogleError(400, message);
}

/** What every API answers in a project where it is not enabled. */
export function serviceDisabled(service: string, title: string, projectNumber: string): GoogleError {
  const link = `https://console.developers.google.com/apis/api/${service}/overview?project=${projectNumber}`;
  const message =
    `${title} has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting ${link} ` +
    'then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.';
  return new GoogleError(403, message, {
    reason: 'SERVICE_DISABLED',
    metadata: { service, consumer: `projects/${projectNumber}`, serviceTitle: title },
    more: [
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url: link }],
      },
    ],
  });
}

/** A 403 that is not IAM: a service perimeter stands between caller and project. */
export function outsidePerimeter(projectNumber: string, service: string): GoogleError {
  const id = 'Vx0T3qQb4dJ7pXr2s9nLkfEo1wUaYc8ZgHmIvBt5';
  return new GoogleError(
    403,
    `Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: ${id}`,
    {
      reason: 'SECURITY_POLICY_VIOLATED',
      metadata: { service, uid: id, consumer: `projects/${projectNumber}` },
      more: [
        {
          '@type': 'type.googleapis.com/google.rpc.PreconditionFailure',
          violations: [{ type: 'VPC_SERVICE_CONTROLS', description: id }],
        },
      ],
    },
  );
}

/** The 429 of a quota. */
export function quotaExceeded(service: string, metric: string, retryAfterSeconds?: number): GoogleError {
  const message = `Quota exceeded for quota metric '${metric}' and limit '${metric} per minute' of service '${service}'.`;
  return new GoogleError(429, message, {
    reason: 'RATE_LIMIT_EXCEEDED',
    metadata: { service, quota_metric: `${service}/${metric}`, quota_unit: '1/min/{project}' },
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } }),
  });
}

/** Compute's rate limit: a 403 that is not IAM. */
export function rateLimitExceeded(): GoogleError {
  return new GoogleError(403, 'Rate Limit Exceeded', { legacyReason: 'rateLimitExceeded' });
}

export function unavailable(): GoogleError {
  return new GoogleError(503, 'The service is currently unavailable.');
}

export function unauthenticated(): GoogleError {
  return new GoogleError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    { reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED', metadata: { method: 'unknown' } },
  );
}
