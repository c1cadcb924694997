import type { ApprovalOutcome, Subject } from '@countersign/contracts';
import { makeToken } from '@countersign/service';
import { approvalMessage } from './approval-message';
import type { Message } from './blocks';
import { outcomeMessage } from './outcome-message';

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
  const message = approvalMessage(SUBJECT, DUE, 'the.token', 'https://approve.example/');

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
    const { blocks, text } = approvalMessage(long, DUE, token, 'https://approve.example');
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
  });
});

describe('what became of it', () => {
  const at = '2030-01-01T00:00:00.000Z';
  const cases: [ApprovalOutcome, string][] = [
    [{ kind: 'approved', by: ADA, at }, 'Approved by *Ada &lt;b&gt;*, <!date^1893456000^'],
    [{ kind: 'rejected', by: ADA, at }, 'Rejected by *Ada &lt;b&gt;*, <!date^1893456000^'],
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
});
