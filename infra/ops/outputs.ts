import * as z from 'zod/mini';

/** What the command line needs to know of a stage: the outputs of its stack. */
export const StackOutputs = z.object({
  BaseUrl: z.url(),
  WebhookUrl: z.url(),
  Livemode: z.pipe(
    z.enum(['true', 'false']),
    z.transform((text: 'true' | 'false') => text === 'true'),
  ),
  MailFrom: z.string(),
  MailConfigurationSet: z.string(),
  MailRatePerSecond: z.coerce.number(),
  CreateTestOrderFunctionName: z.string(),
  StripeKeySecretArn: z.string(),
  StripeWebhookSecretArn: z.string(),
  TokenKeysSecretArn: z.string(),
  /** Only of a stack that runs on this machine: where its Stripe is. */
  StripeEndpointUrl: z.optional(z.url()),
});
export type StackOutputs = z.infer<typeof StackOutputs>;
