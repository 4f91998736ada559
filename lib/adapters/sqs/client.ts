import {
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  type SendMessageBatchCommandOutput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Patience, patient } from '../aws.ts';

/** The two calls of SQS that a queue makes. */
export type Sqs = {
  sendMessage(input: SendMessageCommandInput): Promise<unknown>;
  sendMessageBatch(input: SendMessageBatchCommandInput): Promise<SendMessageBatchCommandOutput>;
};

/** All of the SDK that a queue needs, in one file, so that a function that seldom sends can load it late. */
export const connectSqs = (patience: Patience): Sqs => sqsCalls(new SQSClient(patient(patience)));

export const sqsCalls = (client: SQSClient): Sqs => ({
  sendMessage: (input) => client.send(new SendMessageCommand(input)),
  sendMessageBatch: (input) => client.send(new SendMessageBatchCommand(input)),
});
