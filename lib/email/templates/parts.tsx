import { Column, Row, Section, Text } from '@react-email/components';
import type { CSSProperties, ReactNode } from 'react';
import { light } from '../../pages/palette.ts';
import { around, type Field, field, type OptionalField } from '../fill.ts';

type PartProps = { name: OptionalField; children: ReactNode };

/** Children that a mail has only with this value. */
export const Given = ({ name, children }: PartProps) => {
  const [start, end] = around('#', name);
  return <>{[start, children, end]}</>;
};

/** Children that a mail has only without this value. */
export const Missing = ({ name, children }: PartProps) => {
  const [start, end] = around('^', name);
  return <>{[start, children, end]}</>;
};

const paragraph: CSSProperties = {
  margin: '0 0 16px',
  fontSize: '17px',
  lineHeight: '26px',
  color: light.text,
  overflowWrap: 'anywhere',
};

export const Paragraph = ({ children }: { children: ReactNode }) => (
  <Text className="text" style={paragraph}>
    {children}
  </Text>
);

/** Less weight, the same size: it is read on a phone. */
export const Aside = ({ children }: { children: ReactNode }) => (
  <Text className="muted" style={{ ...paragraph, fontSize: '16px', lineHeight: '24px', color: light.muted }}>
    {children}
  </Text>
);

/** One thing that is true of the payment. */
export const Fact = ({ label, value, strong = false }: { label: string; value: Field; strong?: boolean }) => (
  <Text className="fact text" style={{ ...paragraph, margin: '0 0 10px' }}>
    <span className="muted" style={{ fontSize: '16px', color: light.muted }}>
      {label}:
    </span>{' '}
    <span style={strong ? { fontSize: '22px', fontWeight: 700 } : { fontWeight: 600 }}>{field(value)}</span>
  </Text>
);

/** A box with room inside. The room belongs to the cell: Outlook gives a table none. */
export const Box = ({
  className,
  style,
  padding,
  children,
}: {
  className: string;
  style: CSSProperties;
  padding: string;
  children: ReactNode;
}) => (
  <Section className={className} style={style}>
    <Row>
      <Column className={`${className}-inside`} style={{ padding }}>
        {children}
      </Column>
    </Row>
  </Section>
);

/** Facts stand apart, so that a glance finds them. */
export const Facts = ({ children }: { children: ReactNode }) => (
  <Box
    className="facts"
    padding="16px 0 6px"
    style={{
      margin: '4px 0 24px',
      borderTop: `1px solid ${light.line}`,
      borderBottom: `1px solid ${light.line}`,
    }}
  >
    {children}
  </Box>
);

/** What a worried reader should not miss. */
export const Note = ({ children }: { children: ReactNode }) => (
  <Box
    className="note"
    padding="14px 16px"
    style={{ margin: '0 0 20px', borderRadius: '10px', backgroundColor: light.tint }}
  >
    <Text className="text" style={{ ...paragraph, margin: '0' }}>
      {children}
    </Text>
  </Box>
);
