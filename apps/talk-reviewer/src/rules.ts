/**
 * The rules by which talks are reviewed. A talk passes a stage when it meets every rule of the stage, and is
 * told of each whether it does. Whoever knows this file and the settings knows how a review ends.
 */
import type { Review, Talk } from '@countersign/contracts';
import type { TalkReviewerConfig } from './config';

export interface Rule {
  /** As the speaker reads it. */
  readonly says: string;
  readonly isMet: (talk: Talk) => boolean;
}

export interface Rules {
  readonly moderation: readonly Rule[];
  readonly shortlisting: readonly Rule[];
  readonly selection: readonly Rule[];
}

export type Limits = Pick<
  TalkReviewerConfig,
  'bannedWords' | 'minDescriptionWords' | 'minBioWords' | 'tracks' | 'maxTitleCharacters'
>;

export function rulesOf(limits: Limits): Rules {
  const banned = listIn(limits.bannedWords);
  const tracks = listIn(limits.tracks);
  return {
    moderation: [
      {
        says: 'Title, description and bio have none of the banned words.',
        isMet: ({ title, description, speaker }) =>
          !wordsIn(`${title} ${description} ${speaker.bio}`).some((word) => has(banned, word)),
      },
      {
        says: 'The description says something beside links.',
        isMet: ({ description }) => wordsIn(description).length > 0,
      },
      {
        says: 'Title and description do not shout: at most half of their letters are capitals.',
        isMet: ({ title, description }) => !shouts(`${title} ${description}`),
      },
    ],
    shortlisting: [
      {
        says: `The description has at least ${limits.minDescriptionWords} words.`,
        isMet: ({ description }) => wordsIn(description).length >= limits.minDescriptionWords,
      },
      {
        says: `The bio has at least ${limits.minBioWords} words.`,
        isMet: ({ speaker }) => wordsIn(speaker.bio).length >= limits.minBioWords,
      },
    ],
    selection: [
      {
        says: `The track is one of: ${tracks.join(', ')}.`,
        isMet: ({ track }) => has(tracks, track.trim()),
      },
      {
        says: `The title has at most ${limits.maxTitleCharacters} characters.`,
        isMet: ({ title }) => title.trim().length <= limits.maxTitleCharacters,
      },
    ],
  };
}

export function review(rules: readonly Rule[], talk: Talk): Review {
  const judged = rules.map(({ says, isMet }) => ({ says, met: isMet(talk) }));
  return {
    accepted: judged.every(({ met }) => met),
    reasons: judged.map(({ says, met }) => `${met ? 'Met' : 'Not met'}: ${says}`),
  };
}

const LINKS = /\b(?:[a-z][a-z0-9+.-]{0,20}:\/\/|www\.)\S+/giu;
/** Knows where words end, also in scripts without spaces. */
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** Links are no words. */
const wordsIn = (text: string): string[] =>
  [...SEGMENTER.segment(text.replace(LINKS, ' '))]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);

function shouts(text: string): boolean {
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  const small = text.match(/\p{Ll}/gu)?.length ?? 0;
  return capitals > small;
}

const listIn = (setting: string): string[] =>
  setting
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const has = (list: readonly string[], text: string): boolean =>
  list.some((item) => item.toLowerCase() === text.toLowerCase());
