import type { IncidentRecord } from '../incident-record.ts';
import type { RestoreRequest } from '../restore-request.ts';

/** The same request; each try that a lost connection takes is counted in the record. */
export function recordingRetries(request: RestoreRequest, record: IncidentRecord): RestoreRequest {
  const { transfer } = request;
  const onRetry = (): void => record.note({ retries: (record.current.retries ?? 0) + 1 });
  return { ...request, transfer: { ...transfer, retry: { ...transfer.retry, onRetry } } };
}
