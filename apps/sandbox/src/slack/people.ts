/** A member of the stand-in workspace. */
export interface SlackPerson {
  /** Slack user id. */
  readonly id: string;
  /** As shown in the channel. */
  readonly name: string;
}

/** Whom the page lets you act as. The first one clicks when nobody is named. */
export const PEOPLE: readonly [SlackPerson, ...SlackPerson[]] = [
  { id: 'U0ANNA', name: 'Anna Lindqvist' },
  { id: 'U0BEN', name: 'Ben Carter' },
  { id: 'U0CHIARA', name: 'Chiara Rossi' },
];

/** Slack's `username`: lower case, no spaces. */
export const handleOf = (person: SlackPerson): string =>
  person.name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '.')
    .replace(/^\.|\.$/g, '') || person.id.toLowerCase();

/** Who the stand-in workspace and the installed app are. */
export const WORKSPACE = {
  team: 'T0SANDBOX',
  domain: 'countersign-sandbox',
  app: 'A0COUNTERSIGN',
  bot: 'B0COUNTERSIGN',
  botUser: 'U0COUNTERSIGN',
  botName: 'Countersign',
  /** The channel that is there from the start; others come into being when something is posted to them. */
  channel: { id: 'C0DEPLOYMENTS', name: 'deployments' },
} as const;
