import type { Talk } from '@countersign/contracts';

/** A talk that meets every rule of talk-reviewer. */
export const TALK: Talk = {
  speaker: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    bio: 'Writes programs for an engine.',
    country: 'GB',
  },
  title: 'Notes on the Engine',
  description: 'What a machine can do that only follows what it is told, and what it never will.',
  track: 'Backend',
};
