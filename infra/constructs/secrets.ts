import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { type CfnSecret, Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { SecretName } from '../functions.ts';

/**
 * The three secrets, kept in every stage even when the stack is deleted: without the token keys each link that
 * was ever mailed is dead. CloudFormation sets a value only when its own property changes, so the properties
 * below must never change: they would overwrite what was rotated or put in since.
 */
export class Secrets extends Construct {
  readonly byName: Readonly<Record<SecretName, Secret>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = (name: string, props: SecretProps): Secret => {
      const made = new Secret(this, name, { ...props, removalPolicy: RemovalPolicy.RETAIN });
      // A fixed logical id: moving this construct must never make a new secret.
      (made.node.defaultChild as CfnSecret).overrideLogicalId(`${name}Secret`);
      return made;
    };

    this.byName = {
      tokenKeys: secret('TokenKeys', {
        description: 'Keys that sign the links in our e-mails; generated once, rotated by adding a key',
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ signWith: 'k1' }),
          generateStringKey: 'k1',
          passwordLength: 64,
          excludePunctuation: true,
        },
      }),
      // No secret is in the template: both start as a placeholder with which every call is refused.
      stripeKey: secret('StripeKey', {
        description: 'Stripe secret key (begins with sk_ or rk_), as plain text; put in by hand',
        secretStringValue: SecretValue.unsafePlainText('not-set'),
      }),
      stripeWebhook: secret('StripeWebhook', {
        description: 'Stripe webhook signing secrets, a JSON array (each begins with whsec_); put in by hand',
        secretStringValue: SecretValue.unsafePlainText('[]'),
      }),
    };
  }
}
