import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Misconfigured, StoreUnavailable } from '../domain/errors.ts';
import { failureOf } from './aws.ts';

export type SecretReader = {
  /**
   * The text of a secret, by its name or ARN.
   * @throws {StoreUnavailable} retryable @throws {Misconfigured} it is not there, or not ours to read
   */
  read(secretId: string): Promise<string>;
};

/** Each secret is read once in the life of an environment; callers at the same moment share that one call. */
export const secretReader = ({ client }: { client: SecretsManagerClient }): SecretReader => {
  const reads = new Map<string, Promise<string>>();
  return {
    read: (secretId) => {
      const known = reads.get(secretId);
      if (known !== undefined) return known;
      const reading = fetchSecret(client, secretId).catch((error: unknown) => {
        // The next caller tries again.
        reads.delete(secretId);
        throw error;
      });
      reads.set(secretId, reading);
      return reading;
    },
  };
};

const fetchSecret = async (client: SecretsManagerClient, secretId: string): Promise<string> => {
  const { SecretString } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId }))
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.name : 'unknown';
      throw failureOf(error) === undefined
        ? new Misconfigured(
            `Secret ${secretId} can't be read (${why}). Check its id, and that the function's role may read it.`,
            { secretId, why },
            error,
          )
        : new StoreUnavailable(`Secrets Manager did not answer (${why}).`, { secretId, why }, error);
    });
  if (SecretString === undefined) {
    throw new Misconfigured(`Secret ${secretId} holds bytes instead of text.`, { secretId });
  }
  return SecretString;
};
