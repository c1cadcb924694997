import type { Talk } from '@countersign/contracts';
import { TALK as talk } from '@countersign/testing';
import { TalkReviewerConfig } from './config';
import { review, rulesOf, type Rules } from './rules';

const rules = rulesOf(new TalkReviewerConfig());

const changed = (change: Partial<Talk>, bio = talk.speaker.bio): Talk => ({
  ...talk,
  ...change,
  speaker: { ...talk.speaker, bio },
});
/** The rules that are not met. */
const unmet = (stage: keyof Rules, given: Talk) => {
  const { accepted, reasons } = review(rules[stage], given);
  const missed = reasons.filter((reason) => reason.startsWith('Not met: '));
  expect(accepted).toBe(missed.length === 0);
  return missed.map((reason) => reason.slice('Not met: '.length));
};

const BANNED = 'Title, description and bio have none of the banned words.';
const LINKS = 'The description says something beside links.';
const SHOUTING = 'Title and description do not shout: at most half of their letters are capitals.';

it.each(['moderation', 'shortlisting', 'selection'] as const)('a decent talk passes the %s', (stage) => {
  expect(unmet(stage, talk)).toEqual([]);
});

it('says of every rule whether it is met', () => {
  expect(review(rules.shortlisting, changed({}, 'Programmer.'))).toEqual({
    accepted: false,
    reasons: ['Met: The description has at least 10 words.', 'Not met: The bio has at least 3 words.'],
  });
});

describe('moderation', () => {
  it.each([
    ['the title', changed({ title: 'How I won the LOTTERY' })],
    ['the description', changed({ description: `${talk.description} Casino!` })],
    ['the bio', changed({}, 'I sell viagra.')],
  ])('refuses a banned word in %s', (_, given) => expect(unmet('moderation', given)).toEqual([BANNED]));

  it('minds whole words only', () => {
    expect(unmet('moderation', changed({ title: 'The casinos of yesterday' }))).toEqual([]);
  });

  it('refuses a description of links', () => {
    const description = 'https://example.com/slides www.example.com/more ftp://example.com';
    expect(unmet('moderation', changed({ description }))).toEqual([LINKS]);
    expect(unmet('moderation', changed({ description: `Slides: ${description}` }))).toEqual([]);
  });

  it('refuses shouting, not an abbreviation', () => {
    expect(unmet('moderation', changed({ description: 'COME AND SEE THE ENGINE' }))).toEqual([SHOUTING]);
    expect(unmet('moderation', changed({ title: 'HTTP, REST AND SQL' }))).toEqual([]);
  });

  it('does not take a script without capitals for shouting', () => {
    expect(
      unmet('moderation', changed({ title: '机械', description: '机械只能做我们命令它做的事情' })),
    ).toEqual([]);
  });
});

describe('shortlisting', () => {
  it('counts words, and links are none', () => {
    const nine = 'one two three four five six seven eight nine';
    const description = `${nine} https://example.com/ten/eleven/twelve`;
    expect(unmet('shortlisting', changed({ description }))).toEqual([
      'The description has at least 10 words.',
    ]);
    expect(unmet('shortlisting', changed({ description: `${nine} ten` }))).toEqual([]);
  });
});

describe('selection', () => {
  it('is for the tracks of the conference, however they are written', () => {
    expect(unmet('selection', changed({ track: 'Gardening' }))).toEqual([
      'The track is one of: Frontend, Backend, Cloud, Data, Security.',
    ]);
    expect(unmet('selection', changed({ track: ' backend ' }))).toEqual([]);
  });

  it('needs a title that fits into the programme', () => {
    expect(unmet('selection', changed({ title: 'x'.repeat(101) }))).toEqual([
      'The title has at most 100 characters.',
    ]);
    expect(unmet('selection', changed({ title: 'x'.repeat(100) }))).toEqual([]);
  });
});

it('goes by the settings', () => {
  const config = {
    bannedWords: '',
    minDescriptionWords: 100,
    minBioWords: 6,
    tracks: 'Art',
    maxTitleCharacters: 5,
  };
  const { moderation, shortlisting, selection } = rulesOf(config);
  expect(review(moderation, changed({ title: 'Casino' })).accepted).toBe(true);
  expect(review(shortlisting, talk).reasons).toEqual([
    'Not met: The description has at least 100 words.',
    'Not met: The bio has at least 6 words.',
  ]);
  expect(review(selection, talk).reasons).toEqual([
    'Not met: The track is one of: Art.',
    'Not met: The title has at most 5 characters.',
  ]);
});
