import { ACCOUNT_ID } from '../../template/identity.ts';
import type { Service } from '../call.ts';
import type { ServiceError } from '../service-error.ts';
import type { Access } from './statements.ts';

/** Who is refused, as AWS names a function: its role, assumed under the function's name. */
export function principalOf(roleName: string, functionName: string): string {
  return `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${functionName}`;
}

/** The sentence that most services use. */
export function notAuthorized(who: string, { action, resource }: Access, because: string): string {
  return `${who} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
}

/**
 * A refusal as the service words it.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denial(service: Service, principal: string, access: Access, because: string): ServiceError {
  if (service === 'ses') {
    // https://repost.aws/knowledge-center/amazon-ses-iam-user-email-access-denied
    const message = `User \`${principal}' is not authorized to perform \`${access.action}' on resource \`${access.resource}'`;
    return { status: 403, code: 'AccessDenied', message };
  }
  if (service === 'sqs') {
    // It writes its actions in small letters, and SDKs know it by the codes of its older protocol, which it sends along.
    const action = access.action.toLowerCase();
    const message = notAuthorized(
      `User: ${principal}`,
      { ...access, action },
      because.replace(access.action, action),
    );
    return { status: 403, code: 'AccessDeniedException', queryCode: 'AccessDenied', message };
  }
  const message = notAuthorized(`User: ${principal}`, access, because);
  if (service === 'sns') return { status: 403, code: 'AuthorizationError', message };
  return { status: service === 'lambda' ? 403 : 400, code: 'AccessDeniedException', message };
}
