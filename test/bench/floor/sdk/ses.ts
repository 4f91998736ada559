import { GetSendQuotaCommand, SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';

const client = new SESClient();

export const sendMail = async (to: string, text: string): Promise<string | undefined> => {
  const from = process.env.MAIL_FROM ?? '';
  const answer = await client.send(
    new SendRawEmailCommand({
      Destinations: [to],
      RawMessage: { Data: Buffer.from(`From: ${from}\r\nTo: ${to}\r\nSubject: Payment\r\n\r\n${text}\r\n`) },
      ConfigurationSetName: process.env.MAIL_CONFIGURATION_SET ?? '',
    }),
  );
  return answer.MessageId;
};

export const mailQuota = async (): Promise<number | undefined> =>
  (await client.send(new GetSendQuotaCommand())).MaxSendRate;
