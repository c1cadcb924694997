import { type Logger, LogLevel } from '@slack/web-api';

const ignore = () => undefined;

/** What Slack's clients would print is in the errors that they throw, and may hold tokens. */
export const silent: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};
