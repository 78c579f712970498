/** What an API server answers instead of an object. */
export interface Status {
  code: number;
  reason: string;
  message: string;
}

export const unauthorized: Status = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

export function notFound(path: string): Status {
  const message = `the server could not find the requested resource (${path})`;
  return { code: 404, reason: 'NotFound', message };
}

export function statusObject({ code, reason, message }: Status): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
