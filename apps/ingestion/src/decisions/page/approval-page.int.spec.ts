import { makeToken } from '@countersign/service';
import { approvalSteps } from '@countersign/testing';
import { RunningIngestion } from '../../testing/running-ingestion';

const { decided, expired, stepWith, subject } = approvalSteps;

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const form = { 'content-type': 'application/x-www-form-urlencoded', ...browser };
const jane = { id: 'U1', name: 'Jane' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const show = (token: string, method = 'GET') =>
  fetch(`${ingestion.url}/approvals/${token}`, { method, headers: browser });

describe('the approval page', () => {
  it('shows what is to be decided and decides nothing, however often it is looked at', async () => {
    const { id, token } = await ingestion.waitingApproval('looked-at');
    const before = await ingestion.storedSubjects();
    for (const method of ['GET', 'HEAD', 'GET']) expect((await show(token, method)).status).toBe(200);
    const page = await (await show(token)).text();
    expect(page).toContain(subject.description);
    expect(page).toContain('data-testid="approve"');
    expect(page).not.toContain(token);
    expect(await ingestion.inputs(id)).toHaveLength(1);
    expect(await ingestion.storedSubjects()).toEqual(before);
  });

  it('keeps its address to itself: nothing is cached, framed, loaded or told to others', async () => {
    const { token } = await ingestion.waitingApproval('guarded');
    const answers = [await show(token), await show('rubbish')];
    for (const { headers } of answers)
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
        ),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
  });

  it('takes the decision by its form and answers with a page', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('by-form');
    const answering = ingestion.post(`/approvals/${token}`, 'action=approve&by=Jane+Doe&reason=', form);
    const [, click] = await ingestion.inputsOf(id, 2);
    expect(click?.body).toMatchObject({
      type: 'event',
      data: { action: 'approve', by: { id: 'page', name: 'Jane Doe' }, channel: 'page' },
    });
    expect(click?.body).not.toHaveProperty('data.reason');
    const inputs = [{ seq: click?.seq ?? 0, at: click?.at ?? 0, outcome: 'applied' as const }];
    await ingestion.writeStep(
      id,
      stepWith(decided(hash, { action: 'approve', by: { id: 'page', name: 'Jane Doe' } }), { inputs }),
    );
    const answer = await answering;
    expect(answer.status).toBe(202);
    expect(await answer.text()).toContain('Approved by Jane Doe on');
  });

  it('takes a name that is left blank for somebody with the link', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('blank');
    const answering = ingestion.post(`/approvals/${token}`, 'action=reject&by=++&reason=', form);
    const [, click] = await ingestion.inputsOf(id, 2);
    expect(click?.body).toHaveProperty('data.by.name', 'Somebody with the link');
    const inputs = [{ seq: click?.seq ?? 0, at: click?.at ?? 0, outcome: 'buffered' as const }];
    await ingestion.writeStep(
      id,
      stepWith(decided(hash, { action: 'approve', by: { id: 'page', name: 'Jane Doe' } }), { inputs }),
    );
    expect((await answering).status).toBe(409);
  });

  it('answers a program that posts JSON with JSON', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('by-json');
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: jane })));
    const answer = await ingestion.post(`/approvals/${token}`, { action: 'approve' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      409,
      expect.stringContaining('problem+json'),
    ]);
  });

  it('says 409, 410 and 404 for what cannot be decided any more, to readers and to posters', async () => {
    const used = await ingestion.waitingApproval('page-used');
    await ingestion.writeStep(used.id, stepWith(decided(used.hash, { action: 'reject', by: jane })));
    const late = await ingestion.waitingApproval('page-late');
    await ingestion.writeStep(late.id, stepWith(expired(late.hash)));
    for (const [token, status, words] of [
      [used.token, 409, 'Rejected by Jane on'],
      [late.token, 410, 'expired on'],
      [makeToken('nobody'), 404, 'No approval has this token'],
      ['rubbish', 404, 'No approval has this token'],
    ] as const)
      for (const answer of [
        await show(token),
        await ingestion.post(`/approvals/${token}`, 'action=approve', form),
      ]) {
        expect(answer.status).toBe(status);
        expect(await answer.text()).toContain(words);
      }
  });

  it('refuses a form with another action, as a page, and raises nothing', async () => {
    const { id, token } = await ingestion.waitingApproval('other-action');
    for (const body of ['action=postpone', '', 'action=approve&action=reject', 'action=approve&force=1']) {
      const answer = await ingestion.post(`/approvals/${token}`, body, form);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    }
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('works for an instance with the longest and oddest id', async () => {
    const { token } = await ingestion.waitingApproval('ü'.repeat(255) + '.');
    expect((await show(token)).status).toBe(200);
  });
});
