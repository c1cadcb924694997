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
  { id: 'U0ADA', name: 'Ada Okafor' },
  { id: 'U0GRACE', name: 'Grace Moreau' },
  { id: 'U0LINUS', name: 'Linus Berg' },
  { id: 'U0MALLORY', name: 'Mallory Quinn' },
];

/** User groups, which people mention as `@release`. */
export const GROUPS: readonly {
  readonly id: string;
  readonly name: string;
  readonly users: readonly string[];
}[] = [
  { id: 'S0RELEASE', name: 'release', users: ['U0ADA', 'U0GRACE'] },
  { id: 'S0OPERATIONS', name: 'operations', users: ['U0ANNA', 'U0BEN', 'U0CHIARA'] },
];

/** Channels that are there from the start; others come into being when something is posted to them. */
export const CHANNELS = [
  { id: 'C0DEPLOYMENTS', name: 'deployments' },
  { id: 'C0ESCALATIONS', name: 'escalations' },
  { id: 'C0FILES', name: 'files' },
] as const;

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
} as const;

/** Who did it, and where: what every interactivity payload says of that. */
export const actorJson = (by: SlackPerson) => ({
  user: { id: by.id, username: handleOf(by), name: by.name, team_id: WORKSPACE.team },
  api_app_id: WORKSPACE.app,
  token: 'sandbox-verification-token',
  team: { id: WORKSPACE.team, domain: WORKSPACE.domain },
  enterprise: null,
  is_enterprise_install: false,
});
