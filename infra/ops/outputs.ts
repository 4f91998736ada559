import * as v from 'valibot';

/** What the command line needs to know of a stage: the outputs of its stack. */
const WebAddress = v.pipe(v.string(), v.url());

export const StackOutputs = v.object({
  BaseUrl: WebAddress,
  WebhookUrl: WebAddress,
  Livemode: v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
  MailFrom: v.string(),
  MailConfigurationSet: v.string(),
  /** Only of a stage that sends fewer than SES takes. */
  MailRatePerSecond: v.optional(v.pipe(v.string(), v.toNumber())),
  CreateTestOrderFunctionName: v.string(),
  SetScheduleFunctionName: v.string(),
  PlanBlastFunctionName: v.string(),
  ReportBlastFunctionName: v.string(),
  LookUpFunctionName: v.string(),
  DecideOrderFunctionName: v.string(),
  SettlePaymentFunctionName: v.string(),
  ReconcileFunctionName: v.string(),
  RecoverOrdersFunctionName: v.string(),
  ImportOrdersFunctionName: v.string(),
  ExportRecordsFunctionName: v.string(),
  ForgetFamilyFunctionName: v.string(),
  ClubTimeZone: v.string(),
  StripeKeySecretArn: v.string(),
  StripeWebhookSecretArn: v.string(),
  TokenKeysSecretArn: v.string(),
  /** Only of a stack that runs on this machine: where its Stripe is. */
  StripeEndpointUrl: v.optional(WebAddress),
});
export type StackOutputs = v.InferOutput<typeof StackOutputs>;
