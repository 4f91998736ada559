import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient();
const known = new Map<string, string>();

/** Read once in the life of a process, as the functions do. */
export const secret = async (SecretId = ''): Promise<string> => {
  const value =
    known.get(SecretId) ?? (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '';
  known.set(SecretId, value);
  return value;
};
