import { CfnDeletionPolicy, type CfnResource } from 'aws-cdk-lib';
import {
  ApiMapping,
  DomainName,
  type HttpStage,
  IpAddressType,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet, HostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct, type IConstruct } from 'constructs';
import type { DomainSettings } from '../settings.ts';

/** The club's own host name, at which the API answers. */
export class ClubDomain extends Construct {
  /** Where the name has to lead, if its DNS is not in Route 53: the target of a CNAME. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: { domain: DomainSettings; stage: HttpStage }) {
    super(scope, id);
    const { domain, stage } = props;
    const name = new DomainName(this, 'Name', {
      domainName: domain.name,
      certificate: this.certificateFor(domain),
      securityPolicy: SecurityPolicy.TLS_1_2,
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    this.target = name.regionalDomainName;
    const mapping = new ApiMapping(this, 'Mapping', { api: stage.api, stage, domainName: name });
    for (const each of [name, mapping]) keptWhenReplaced(each);

    if (domain.hostedZoneId === undefined) return;
    for (const type of ['A', 'AAAA']) {
      const record = new CfnRecordSet(this, `Record${type}`, {
        hostedZoneId: domain.hostedZoneId,
        name: domain.name,
        type,
        aliasTarget: { dnsName: name.regionalDomainName, hostedZoneId: name.regionalHostedZoneId },
      });
      keptWhenReplaced(record);
    }
  }

  private certificateFor({ name, hostedZoneId, certificateArn }: DomainSettings): ICertificate {
    if (certificateArn !== undefined) {
      return Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    }
    if (hostedZoneId === undefined) throw new Error(`Nothing says who certifies ${name}.`);
    const certificate = new Certificate(this, 'Certificate', {
      domainName: name,
      validation: CertificateValidation.fromDns(HostedZone.fromHostedZoneId(this, 'Zone', hostedZoneId)),
    });
    keptWhenReplaced(certificate);
    return certificate;
  }
}

/**
 * Another domain name in the settings makes another resource. Links with the old name are still in mail boxes, so
 * the old one goes on answering.
 */
const keptWhenReplaced = (construct: IConstruct): void => {
  const resource = (construct.node.defaultChild ?? construct) as CfnResource;
  resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE; // with the API there is nothing left to answer
};
