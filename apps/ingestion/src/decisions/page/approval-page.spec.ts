import { createHash } from 'node:crypto';
import type { Verdict } from '@countersign/decisions';
import { approvalSteps } from '@countersign/testing';
import { openPage, problemPage, verdictPage } from './approval-page';
import { PAGE_HEADERS } from './style';

const { decidedAt, dueAt, subject } = approvalSteps;

const evil = '<img src=x onerror="alert(1)">';
const open = { kind: 'open', id: 'i1', tokenHash: 'a'.repeat(64), subject, dueAt } as const;
const by = { id: 'U1', name: 'Jane' };
const verdicts: Verdict[] = [
  { kind: 'decided', id: 'i1', subject, action: 'approve', by, at: decidedAt },
  { kind: 'decided', id: 'i1', subject, action: 'reject', by, at: decidedAt },
  { kind: 'stored', id: 'i1', subject, action: 'approve' },
  { kind: 'counted', id: 'i1', subject, action: 'approve', count: 1, quorum: 2 },
  { kind: 'refused', id: 'i1', subject, refused: 'unidentified' },
  { kind: 'refused', id: 'i1', subject, refused: 'reason-required' },
  { kind: 'used', id: 'i1', subject, action: 'reject', by, at: decidedAt, note: 'because' },
  { kind: 'used', id: 'i1', subject, at: decidedAt },
  { kind: 'expired', id: 'i1', subject, at: dueAt },
  { kind: 'withdrawn', id: 'i1', subject, why: 'The workflow is Terminated' },
  { kind: 'unknown' },
];

describe('the page that asks', () => {
  const page = openPage(open, Date.parse(dueAt) - 3_600_000);

  it('shows what is to be decided, its facts and until when', () => {
    expect(page).toContain(`>${subject.description}</h1>`);
    expect(page).toMatch(/<dt>Task<\/dt>\s*<dd class="fact">8900<\/dd>/);
    expect(page).toContain(`<time datetime="${dueAt}">Tue, 4 Mar 2031, 10:30 UTC</time>`);
    expect(page).toContain('in 1 hour');
  });

  it('shows who has approved so far, where one alone does not decide', () => {
    const votes = [
      { action: 'approve', by: { id: 'U1', name: evil }, channel: 'slack', at: decidedAt } as const,
    ];
    const text = openPage({ ...open, quorum: 2, votes }, 0);
    expect(text).toMatch(/data-testid="progress">1 of 2 <small>&lt;img/);
    expect(openPage({ ...open, quorum: 2 }, 0)).toContain('data-testid="progress">0 of 2');
    expect(page).not.toContain('data-testid="progress"');
  });

  it('asks for a reason to reject where one is needed, and never to approve', () => {
    const text = openPage({ ...open, reasonOnReject: true }, 0);
    expect(text).toMatch(/<textarea[^>]* required\s*>/);
    expect(text).toMatch(/value="approve"[^>]* formnovalidate/);
    expect(text).not.toMatch(/value="reject"[^>]* formnovalidate/);
    expect(page).not.toContain('required');
  });

  it('posts to its own address, so that the token is not repeated in it', () => {
    expect(page).toContain('<form method="post"');
    expect(page).not.toContain('action="http');
  });

  it('escapes everything that it was given', () => {
    const facts = [{ label: evil, value: evil }];
    const text = openPage({ ...open, dueAt, subject: { description: evil, facts } }, 0);
    expect(text).not.toContain('<img');
    expect(text.match(/&lt;img/g)).toHaveLength(3);
  });
});

describe('the page that tells', () => {
  it.each(verdicts.map((verdict) => [verdict.kind, verdict] as const))(
    'has no form when %s',
    (_, verdict) => {
      const page = verdictPage(verdict);
      expect(page).toContain('data-testid="outcome"');
      expect(page).not.toMatch(/<form|<button|<input/);
    },
  );

  it('says who decided what and when', () => {
    const text = verdictPage({
      kind: 'used',
      id: 'i1',
      subject,
      action: 'reject',
      by,
      at: decidedAt,
      note: 'because',
    });
    expect(text).toContain('Rejected by Jane on Mon, 3 Mar 2031, 09:15 UTC. because');
  });

  it('escapes names, notes and reasons', () => {
    const who = { id: evil, name: evil };
    expect(
      verdictPage({ kind: 'used', id: evil, subject, action: 'approve', by: who, at: decidedAt, note: evil }),
    ).not.toContain('<img');
    expect(verdictPage({ kind: 'withdrawn', id: evil, subject, why: evil })).not.toContain('<img');
    expect(problemPage(evil, evil)).not.toContain('<img');
  });
});

describe('the policy', () => {
  const policy = PAGE_HEADERS['content-security-policy'];

  it('allows exactly the style that the page has, and nothing else', () => {
    const style = /<style>([^]*)<\/style>/.exec(verdictPage({ kind: 'unknown' }))?.[1] ?? '';
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self'");
  });

  it('is enough, since no page asks for anything from elsewhere', () => {
    for (const page of [openPage(open, 0), ...verdicts.map(verdictPage)])
      expect(page).not.toMatch(/<script|<link|<img|<iframe|url\(|@import| src=| href=| style=/);
  });
});
