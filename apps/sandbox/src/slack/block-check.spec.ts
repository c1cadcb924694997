import { parseBlocks } from './block-check';
import { buttonsOf } from './blocks';
import { SlackError } from './slack-error';

const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
const button = (fields: object = {}) => ({ type: 'button', text: text(5, 'plain_text'), ...fields });
const actions = (...elements: object[]) => ({ type: 'actions', elements });

function faultsOf(blocks: unknown): readonly string[] {
  try {
    parseBlocks(blocks);
  } catch (error) {
    if (error instanceof SlackError) return error.messages;
    throw error;
  }
  return [];
}

it.each([
  ['50 blocks', Array.from({ length: 50 }, () => ({ type: 'divider' }))],
  ['a section of 3,000 characters', [{ type: 'section', text: text(3000) }]],
  ['a section of ten fields', [{ type: 'section', fields: Array.from({ length: 10 }, () => text(2000)) }]],
  ['a header of 150 characters', [{ type: 'header', text: text(150, 'plain_text') }]],
  [
    'a button with the longest label and value',
    [actions(button({ text: text(75, 'plain_text'), value: 'v'.repeat(2000) }))],
  ],
  ['text that is to be taken verbatim', [{ type: 'context', elements: [{ ...text(1), verbatim: true }] }]],
  [
    'a section with a button beside it',
    [{ type: 'section', text: text(1), accessory: button({ style: 'danger' }) }],
  ],
])('takes %s', (_what, blocks) => {
  expect(faultsOf(blocks)).toEqual([]);
});

it.each([
  [
    '51 blocks',
    Array.from({ length: 51 }, () => ({ type: 'divider' })),
    'no more than 50 items allowed [json-pointer:/blocks]',
  ],
  ['something else than a list', {}, 'must be an array [json-pointer:/blocks]'],
  ['an unknown block', [{ type: 'carousel' }], 'unsupported type: carousel [json-pointer:/blocks/0/type]'],
  [
    'a block named after a property of every object',
    [{ type: 'constructor' }],
    'unsupported type: constructor [json-pointer:/blocks/0/type]',
  ],
  [
    'a section of 3,001 characters',
    [{ type: 'section', text: text(3001) }],
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'an empty text',
    [{ type: 'section', text: text(0) }],
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a section without text',
    [{ type: 'section' }],
    'missing required field: text or fields [json-pointer:/blocks/0]',
  ],
  [
    'a header of 151 characters',
    [{ type: 'header', text: text(151, 'plain_text') }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header with markup',
    [{ type: 'header', text: text(1) }],
    'must be one of: plain_text [json-pointer:/blocks/0/text/type]',
  ],
  [
    'a label of 76 characters',
    [actions(button({ text: text(76, 'plain_text') }))],
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'a value of 2,001 characters',
    [actions(button({ value: 'v'.repeat(2001) }))],
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'an unknown style',
    [actions(button({ style: 'green' }))],
    'must be primary or danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a misspelt field',
    [actions(button({ actionId: 'x' }))],
    'invalid additional property: actionId [json-pointer:/blocks/0/elements/0]',
  ],
  ['actions without any', [actions()], 'must have at least 1 item [json-pointer:/blocks/0/elements]'],
  [
    'a block_id twice',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
    'block_id "a" already exists [json-pointer:/blocks/1/block_id]',
  ],
])('refuses %s', (_what, blocks, fault) => {
  expect(faultsOf(blocks)).toEqual([fault]);
});

it('reports every fault, not only the first', () => {
  expect(faultsOf([{ type: 'header' }, { type: 'section', text: text(3001) }])).toHaveLength(2);
});

it('gives ids to blocks and buttons that have none, and leaves the others', () => {
  const blocks = parseBlocks([
    actions(button(), button({ action_id: 'mine' })),
    { type: 'divider', block_id: 'line' },
  ]);
  expect(blocks.map((block) => block.block_id)).toEqual([expect.stringMatching(/.+/), 'line']);
  expect(buttonsOf(blocks).map(({ button: { action_id } }) => action_id)).toEqual([
    expect.stringMatching(/.+/),
    'mine',
  ]);
});
