import { Body, Button, Container, Head, Heading, Html, Link, Section, Text } from '@react-email/components';
import type { CSSProperties, ReactNode } from 'react';
import type { Language } from '../../domain/roster.ts';
import { dark, light } from '../../pages/palette.ts';
import type { Words } from '../../words/en.ts';
import { around, field } from '../fill.ts';
import { Aside, Box, Fact, Facts, Given, Missing, Note, Paragraph } from './parts.tsx';

/** A template is rendered twice: text has no button, and says where to pay instead. */
export type TemplateProps = { language: Language; words: Words; medium: 'html' | 'text' };

const fontFamily =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Helvetica, Arial, sans-serif';

/**
 * Mail programs that know dark mode take these colours; the others keep the light ones or turn them round by
 * themselves, which the plain colours survive. `!important`, because the light ones stand inline.
 */
const darkStyle = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.ground,.ground>table>tbody>tr>td{background-color:${dark.ground}!important}
.card{background-color:${dark.card}!important;border-color:${dark.line}!important}
.facts{border-color:${dark.line}!important}
.note{background-color:${dark.tint}!important}
.text{color:${dark.text}!important}
.muted{color:${dark.muted}!important}
.link{color:${dark.accent}!important}
.button{background-color:${dark.accent}!important;color:${dark.onAccent}!important}
}
@media (max-width:480px){.card-inside{padding:24px 18px 8px!important}}
`;

const hidden: CSSProperties = {
  display: 'none',
  overflow: 'hidden',
  maxHeight: 0,
  maxWidth: 0,
  opacity: 0,
  lineHeight: '1px',
};

const PayButton = ({ label }: { label: string }) => (
  <Section style={{ margin: '0 0 20px' }}>
    <Button
      className="button"
      href={field('payUrl')}
      style={{
        display: 'block',
        padding: '14px 20px',
        borderRadius: '10px',
        fontSize: '18px',
        lineHeight: '24px',
        fontWeight: 600,
        textAlign: 'center',
        backgroundColor: light.accent,
        color: light.onAccent,
      }}
    >
      {label}
    </Button>
  </Section>
);

/**
 * The one shape of a payment mail: for whom and how much, one button, its address in plain text, whom to ask.
 * A template brings its heading, and what else it has to say.
 */
export const PaymentMail = ({
  language,
  medium,
  words: { labels, mails, contact },
  heading,
  children,
}: TemplateProps & { heading: string; children?: ReactNode }) => (
  <Html lang={language} dir="ltr">
    <Head>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      <meta name="format-detection" content="telephone=no, date=no, address=no" />
      <title>{heading}</title>
      <style>{darkStyle}</style>
    </Head>
    <Body
      className="ground"
      style={{ margin: '0', padding: '20px 12px', backgroundColor: light.ground, fontFamily }}
    >
      {medium === 'html' ? (
        <div style={hidden}>
          {around('#', 'unsubscribeUrl').join(mails.reminderMark)}
          {mails.preview(field('productName'), field('amount'))}
          {around('#', 'payBy').join(mails.previewPayBy(field('payBy')))}
        </div>
      ) : null}
      {/* A landmark, so that a screen reader can go straight to what is written. */}
      <main>
        <Container style={{ maxWidth: '544px' }}>
          <Text
            className="muted"
            style={{
              margin: '0 4px 12px',
              fontSize: '16px',
              lineHeight: '24px',
              fontWeight: 600,
              color: light.muted,
            }}
          >
            {field('clubName')}
          </Text>
          <Box
            className="card"
            padding="32px 32px 16px"
            style={{
              borderRadius: '16px',
              border: `1px solid ${light.line}`,
              backgroundColor: light.card,
            }}
          >
            <Heading
              as="h1"
              className="text"
              style={{
                margin: '0 0 20px',
                fontSize: '24px',
                lineHeight: '30px',
                color: light.text,
                overflowWrap: 'anywhere',
              }}
            >
              {heading}
            </Heading>
            <Paragraph>
              <Given name="parentName">{mails.greeting(field('parentName'))}</Given>
              <Missing name="parentName">{mails.greetingWithoutName}</Missing>
            </Paragraph>
            <Given name="unsubscribeUrl">
              <Paragraph>{mails.reminder}</Paragraph>
            </Given>
            <Given name="deadLink">
              <Note>{mails.deadLink}</Note>
            </Given>
            <Paragraph>{mails.intro}</Paragraph>
            <Facts>
              <Fact label={labels.player} value="playerName" />
              <Fact label={labels.product} value="productName" />
              <Given name="period">
                <Fact label={labels.period} value="period" />
              </Given>
              <Fact label={labels.amount} value="amount" strong />
              <Given name="payBy">
                <Fact label={labels.payBy} value="payBy" />
              </Given>
            </Facts>
            {children}
            {medium === 'html' ? <PayButton label={mails.pay(field('amount'))} /> : null}
            <Aside>
              {medium === 'html' ? mails.orCopy : mails.payHere}
              <br />
              <span style={{ wordBreak: 'break-all' }}>{field('payUrl')}</span>
            </Aside>
          </Box>
          <Box className="foot" padding="20px 4px 0" style={{}}>
            <Aside>
              {contact.ask(field('clubName'))}
              <br />
              <Given name="contactHref">
                <Link
                  className="link"
                  href={field('contactHref')}
                  style={{ color: light.accent, fontWeight: 600, textDecoration: 'underline' }}
                >
                  {field('contact')}
                </Link>
              </Given>
              <Missing name="contactHref">
                <strong>{field('contact')}</strong>
              </Missing>
            </Aside>
            <Aside>{mails.why(field('clubName'))}</Aside>
            <Given name="unsubscribeUrl">
              <Aside>
                {medium === 'html' ? (
                  <Link
                    className="link"
                    href={field('unsubscribeUrl')}
                    style={{ color: light.accent, textDecoration: 'underline' }}
                  >
                    {mails.stopReminders}
                  </Link>
                ) : (
                  <>
                    {mails.stopRemindersHere}
                    <br />
                    {field('unsubscribeUrl')}
                  </>
                )}
              </Aside>
            </Given>
          </Box>
        </Container>
      </main>
    </Body>
  </Html>
);
