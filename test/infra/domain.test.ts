import { describe, expect, test } from 'vitest';
import {
  DURABLE,
  DURABLE_DNS_ELSEWHERE,
  DURABLE_WITHOUT_DOMAIN,
  list,
  ofType,
  record,
  said,
  type TemplateJson,
  templateOf,
} from './template.ts';

const CERTIFICATE = 'AWS::CertificateManager::Certificate';
const DOMAIN = 'AWS::ApiGatewayV2::DomainName';
const MAPPING = 'AWS::ApiGatewayV2::ApiMapping';
const RECORD = 'AWS::Route53::RecordSet';

const propertiesOf = (template: TemplateJson, type: string) =>
  ofType(template, type).map(([, { Properties }]) => Properties);
const certificateOf = (template: TemplateJson): string[] =>
  propertiesOf(template, DOMAIN)
    .flatMap(({ DomainNameConfigurations }) => list(DomainNameConfigurations))
    .map((configuration) => said(record(configuration).CertificateArn));
const baseUrlOf = (template: TemplateJson): string[] => [
  ...new Set(
    propertiesOf(template, 'AWS::Lambda::Function').map(({ Environment }) =>
      said(record(record(Environment).Variables).BASE_URL),
    ),
  ),
];

describe('a domain in Route 53', async () => {
  const prod = await templateOf('prod', DURABLE);

  test('leads to the API, over TLS 1.2 or later', () => {
    expect(propertiesOf(prod, DOMAIN)).toMatchObject([
      {
        DomainName: 'pay.hillside.example',
        DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
      },
    ]);
    expect(
      propertiesOf(prod, MAPPING).map(({ ApiId, DomainName, Stage }) => [
        said(ApiId),
        said(DomainName),
        Stage,
      ]),
    ).toEqual([['PublicApi', 'DomainName', '$default']]);
  });

  test('has records for both kinds of addresses', () => {
    const records = propertiesOf(prod, RECORD).map(({ HostedZoneId, Name, Type, AliasTarget }) =>
      [HostedZoneId, Name, Type, said(record(AliasTarget).DNSName)].join(' '),
    );
    expect(records).toEqual([
      'Z0123456789ABC pay.hillside.example A DomainName.RegionalDomainName',
      'Z0123456789ABC pay.hillside.example AAAA DomainName.RegionalDomainName',
    ]);
    const answering = propertiesOf(prod, DOMAIN).flatMap((domain) => list(domain.DomainNameConfigurations));
    expect(answering).toMatchObject([{ IpAddressType: 'dualstack' }]);
    expect(propertiesOf(prod, 'AWS::ApiGatewayV2::Api')).toMatchObject([{ IpAddressType: 'dualstack' }]);
  });

  test('gets a certificate that renews itself: validated in the zone', () => {
    expect(certificateOf(prod)).toEqual(['DomainCertificate']);
    expect(propertiesOf(prod, CERTIFICATE)).toMatchObject([
      {
        DomainName: 'pay.hillside.example',
        ValidationMethod: 'DNS',
        DomainValidationOptions: [{ DomainName: 'pay.hillside.example', HostedZoneId: 'Z0123456789ABC' }],
      },
    ]);
  });

  test('is what every function puts into links', () => {
    expect(baseUrlOf(prod)).toEqual(['https://pay.hillside.example']);
  });

  test('goes on answering when another takes its place: its links are in mail boxes', () => {
    for (const type of [DOMAIN, MAPPING, RECORD, CERTIFICATE]) {
      for (const [id, { UpdateReplacePolicy }] of ofType(prod, type)) {
        expect([id, UpdateReplacePolicy]).toEqual([id, 'Retain']);
      }
    }
  });

  test('does not close the name that links had before there was one', () => {
    for (const api of propertiesOf(prod, 'AWS::ApiGatewayV2::Api')) {
      expect(api).not.toHaveProperty('DisableExecuteApiEndpoint');
    }
  });
});

test('a domain elsewhere is given its certificate, and the output says where its CNAME must lead', async () => {
  const prod = await templateOf('prod', DURABLE_DNS_ELSEWHERE);
  expect(certificateOf(prod)).toEqual([DURABLE_DNS_ELSEWHERE.certificateArn]);
  expect([...ofType(prod, CERTIFICATE), ...ofType(prod, RECORD)]).toEqual([]);
  expect(said(prod.Outputs.DomainTarget?.Value)).toBe('DomainName.RegionalDomainName');
  expect(baseUrlOf(prod)).toEqual(['https://pay.hillside.example']);
});

test('a certificate that was made by hand is taken in Route 53 too', async () => {
  const { certificateArn } = DURABLE_DNS_ELSEWHERE;
  const prod = await templateOf('prod', { ...DURABLE, certificateArn });
  expect(certificateOf(prod)).toEqual([certificateArn]);
  expect([ofType(prod, CERTIFICATE).length, ofType(prod, RECORD).length]).toEqual([0, 2]);
});

test.each([
  ['dev', {}],
  ['prod', DURABLE_WITHOUT_DOMAIN],
])('without one, %s puts the name of the API into links', async (stage, context) => {
  const template = await templateOf(stage, context);
  expect(baseUrlOf(template)).toEqual(['PublicApi.ApiEndpoint']);
  expect([DOMAIN, MAPPING, RECORD, CERTIFICATE].flatMap((type) => ofType(template, type))).toEqual([]);
  expect(template.Outputs).not.toHaveProperty('DomainTarget');
});
