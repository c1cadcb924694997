import type { Subject } from '@countersign/contracts';
import type { ChatPostMessageArguments } from '@slack/web-api';
import { fit } from './text';

export type Blocks = NonNullable<Extract<ChatPostMessageArguments, { blocks: unknown }>['blocks']>;

/** A message without its address. */
export interface Message {
  /** What notifications and clients without Block Kit show. */
  readonly text: string;
  readonly blocks: Blocks;
}

/** Slack's limits in characters, and in fields of one section. */
const SECTION_TEXT = 3000;
const FIELD_TEXT = 2000;
const FIELDS = 10;
/** Keeps a message well below 50 blocks; more facts than this help nobody to decide. */
const MAX_FACTS = 20;

export const header = (text: string) => ({
  type: 'header' as const,
  text: { type: 'plain_text' as const, text },
});

/** `verbatim`: Slack makes no links and no mentions of what merely looks like them. */
export const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true });

export const context = (text: string) => ({ type: 'context' as const, elements: [mrkdwn(text)] });

/** What is to be decided: the description, then its facts in two columns. */
export function subjectBlocks({ description, facts }: Subject): Blocks {
  const fields = facts
    .slice(0, MAX_FACTS)
    .map(({ label, value }) => mrkdwn(fit(`*${label}*\n${value}`, FIELD_TEXT)));
  const left = facts.length - fields.length;
  return [
    { type: 'section', text: mrkdwn(fit(description, SECTION_TEXT)) },
    ...chunks(fields, FIELDS).map((part) => ({ type: 'section' as const, fields: part })),
    ...(left > 0 ? [context(`… and ${left} more facts`)] : []),
  ];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
