import { type ApprovalOutcome, approvalUri, type Subject } from '@countersign/contracts';
import { makeToken } from '@countersign/service';
import { approvalMessage, reminder } from './approval-message';
import type { Message } from './blocks';
import { outcomeMessage } from './outcome-message';
import { reasonDialog } from './reason-dialog';

const DUE = '2030-01-02T03:04:05.000Z';
const SUBJECT: Subject = {
  description: 'DiPocket <v.> is about to be deployed to PROD & more',
  facts: [{ label: 'Task', value: '8900' }],
};
const ADA = { id: 'U1', name: 'Ada <b>' };

const buttonsOf = ({ blocks }: Message) =>
  blocks.flatMap((block) => ('elements' in block && block.type === 'actions' ? block.elements : []));
const textOf = (message: Message) => JSON.stringify(message.blocks);

describe('the question', () => {
  const message = approvalMessage(
    { subject: SUBJECT, dueAt: DUE },
    'the.token',
    approvalUri('https://approve.example/', 'the.token'),
  );

  it('says what is asked, with its facts and the time it is due', () => {
    expect(textOf(message)).toContain('DiPocket &lt;v.&gt; is about to be deployed to PROD &amp; more');
    expect(textOf(message)).toContain('*Task*\\n8900');
    expect(textOf(message)).toContain('Due <!date^1893553445^');
    expect(message.text).toBe(
      'Approval needed: DiPocket &lt;v.&gt; is about to be deployed to PROD &amp; more',
    );
  });

  it('has Approve and Reject buttons that carry the token', () => {
    expect(buttonsOf(message)).toMatchObject([
      {
        type: 'button',
        action_id: 'approve',
        style: 'primary',
        value: 'the.token',
        text: { text: 'Approve' },
      },
      { type: 'button', action_id: 'reject', style: 'danger', value: 'the.token', text: { text: 'Reject' } },
    ]);
  });

  it('links to the approval page', () => {
    expect(textOf(message)).toContain('<https://approve.example/approvals/the.token|Decide in the browser>');
  });

  it('stays within Slack’s limits, however long the subject and the instance id are', () => {
    const long: Subject = {
      description: '&'.repeat(3000),
      facts: Array.from({ length: 60 }, () => ({ label: '<'.repeat(100), value: '>'.repeat(2000) })),
    };
    const token = makeToken('\u{ffff}'.repeat(256));
    const votes = Array.from({ length: 20 }, (_, i) => ({
      action: 'approve' as const,
      by: { id: `U${i}`, name: '&'.repeat(200) },
      at: DUE,
    }));
    const { blocks, text } = approvalMessage(
      { subject: long, dueAt: DUE, quorum: 20, reasonOnReject: true, escalated: true },
      token,
      approvalUri('https://approve.example', token),
      votes,
    );
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThan(4000);
    expect(token.length).toBeLessThanOrEqual(2000);
    for (const block of blocks) {
      if (block.type !== 'section' || !('text' in block || 'fields' in block)) continue;
      if ('text' in block) expect(JSON.stringify(block.text)).toContain('(shortened)');
      const { text, fields = [] } = block as { text?: { text: string }; fields?: { text: string }[] };
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
    }
    expect(JSON.stringify(blocks)).toContain('… and 40 more facts');
    for (const block of blocks)
      if ('elements' in block && block.type === 'context')
        for (const element of block.elements)
          expect('text' in element ? element.text.length : 0).toBeLessThanOrEqual(3000);
  });

  it('tells how many must approve, and who has', () => {
    const question = { subject: SUBJECT, dueAt: DUE, quorum: 2 };
    expect(textOf(approvalMessage(question, 't', 'p'))).toContain('0 of 2 people have approved');
    const votes = [{ action: 'approve' as const, by: ADA, at: '2030-01-01T00:00:00.000Z' }];
    const text = textOf(approvalMessage(question, 't', 'p', votes));
    expect(text).toContain(
      '1 of 2 people have approved\\n:white_check_mark: *Ada &lt;b&gt;*, <!date^1893456000^',
    );
    expect(textOf(message)).not.toContain('have approved');
  });

  it('tells that it was asked elsewhere before, and that a rejection needs a reason', () => {
    const escalated = approvalMessage(
      { subject: SUBJECT, dueAt: DUE, escalated: true, reasonOnReject: true },
      't',
      'p',
    );
    expect(escalated.text).toMatch(/^Approval still needed: /);
    expect(textOf(escalated)).toContain('Nobody has decided where it was asked for first');
    expect(textOf(escalated)).toContain('who rejects is asked why');
    expect(textOf(message)).not.toMatch(/asked why|Nobody has decided/);
  });

  it('is repeated in one line as a reminder', () => {
    expect(reminder({ subject: SUBJECT, dueAt: DUE })).toBe(
      ':bell: Still waits for a decision: DiPocket &lt;v.&gt; is about to be deployed to PROD &amp; more' +
        ' · due <!date^1893553445^{date_short_pretty} {time}|2030-01-02 03:04 UTC>',
    );
  });
});

describe('the dialog that asks why', () => {
  it('carries the token, comes back under its name, and holds any subject', () => {
    const token = makeToken('\u{ffff}'.repeat(256));
    const dialog = reasonDialog({ description: '<&>'.repeat(1000), facts: [] }, token);
    expect(dialog).toMatchObject({
      type: 'modal',
      callback_id: 'countersign_reason',
      private_metadata: token,
      blocks: [
        { type: 'section' },
        { type: 'input', block_id: 'reason', element: { action_id: 'reason', max_length: 2000 } },
      ],
    });
    expect(token.length).toBeLessThanOrEqual(3000);
    const [section] = dialog.blocks as { text?: { text: string } }[];
    expect(section?.text?.text.length).toBeLessThanOrEqual(500);
  });
});

describe('what became of it', () => {
  const at = '2030-01-01T00:00:00.000Z';
  const cases: [ApprovalOutcome, string][] = [
    [{ kind: 'approved', by: ADA, at }, 'Approved by *Ada &lt;b&gt;*, <!date^1893456000^'],
    [{ kind: 'rejected', by: ADA, at }, 'Rejected by *Ada &lt;b&gt;*, <!date^1893456000^'],
    [{ kind: 'approved', by: ADA, at, channel: 'slack' }, 'Approved by *Ada &lt;b&gt;*, <!date'],
    [{ kind: 'approved', by: ADA, at, channel: 'page' }, '*Ada &lt;b&gt;* on the approval page, <!date'],
    [{ kind: 'rejected', by: ADA, at, channel: 'key' }, '*Ada &lt;b&gt;* over HTTP, <!date'],
    [
      { kind: 'rejected', by: ADA, at, reason: 'not <now>\nnot on a Friday' },
      '> not &lt;now&gt;\\n> not on a Friday',
    ],
    [{ kind: 'expired', at }, 'Nobody decided before <!date^1893553445^'],
    [{ kind: 'reconciled', at, note: 'FlexDeploy says APPROVED' }, 'FlexDeploy says APPROVED'],
    [{ kind: 'failed', by: ADA, at, note: 'FlexDeploy answered 401: check <user>' }, 'check &lt;user&gt;'],
    [{ kind: 'failed', at, note: 'no' }, 'This approval failed'],
  ];

  it.each(cases)('%j is said, without buttons, under the same description', (outcome, words) => {
    const message = outcomeMessage(SUBJECT, DUE, outcome);
    expect(textOf(message)).toContain(words);
    expect(textOf(message)).toContain('DiPocket &lt;v.&gt;');
    expect(buttonsOf(message)).toEqual([]);
  });

  it('stays within Slack’s limits, however long a reason of many lines is', () => {
    const { blocks } = outcomeMessage(SUBJECT, DUE, { kind: 'rejected', at, reason: '\n&'.repeat(1000) });
    for (const { text } of blocks as { text?: { text: string } }[])
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });
});
