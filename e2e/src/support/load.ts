/** What all the people and programs do that use Countersign, again and again, until they are told to stop. */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, TALK } from '@countersign/testing';
import { FilesClient } from './files-client';
import { Management } from './management';
import { ANNA, BEN, type Click, Office } from './office';
import { QueryClient } from './query-client';
import { Shop } from './shop';
import type { TestStack } from './test-stack';

export interface Decided {
  readonly taskId: string;
  readonly id: string;
  readonly action: Click['action'];
}

/** Seconds that a client asks to be held. */
const HELD = 10;
/** What several hands do at the same time. */
const APPROVERS = 3;
const QUERIES = 2;
/** Milliseconds between two things that one hand does: people and programs have more to do than this. */
const PAUSE = 1_500;

export class Load {
  readonly decided: Decided[] = [];
  /** How often everything else came to its end. */
  readonly done = { queries: 0, talks: 0, orders: 0, files: 0, mails: 0, managed: 0 };
  private readonly office: Office;
  private readonly queries: QueryClient;
  private readonly shop: Shop;
  private readonly files: FilesClient;
  private readonly management: Management;
  private isOver = false;
  private count = 0;

  /** @param range of the queries, as in `s=…&e=…`, and their number */
  constructor(
    stack: TestStack,
    private readonly range: string,
    private readonly number: number,
  ) {
    this.office = new Office(stack.url);
    this.queries = new QueryClient(stack);
    this.shop = new Shop(stack.url);
    this.files = new FilesClient(stack);
    this.management = new Management(stack);
  }

  /** Resolves when everything that was begun has come to its end after `stop`. Rejects when something is not as it should be. */
  async run(): Promise<void> {
    await Promise.all([
      ...Array.from({ length: APPROVERS }, () => this.again(() => this.approve())),
      ...Array.from({ length: QUERIES }, () => this.again(() => this.query())),
      this.again(() => this.submit()),
      this.again(() => this.order()),
      this.again(() => this.upload()),
      this.again(() => this.approveByMail()),
      this.again(() => this.manage()),
    ]);
  }

  stop(): void {
    this.isOver = true;
  }

  private async again(work: () => Promise<void>): Promise<void> {
    for (; !this.isOver; await pause(PAUSE)) await work();
  }

  /** In turn: a click in Slack, the same click twice at the same moment, and a call of another channel. */
  private async approve(): Promise<void> {
    const n = this.count++;
    const taskId = `rolling-${n}`;
    const action = n % 2 === 0 ? 'approve' : 'reject';
    const { id, message, token } = await this.office.raised(taskId);
    if (n % 3 === 2) {
      const body = { token, action, by: 'Dora' };
      expectCode(await this.office.request('POST', '/api/orchestrators/ActionOnToken', body), 200, 202);
    } else {
      const times = 1 + (n % 3);
      const answers = await this.office.click(message, { action, times, user: n % 2 === 0 ? ANNA : BEN });
      for (const answer of answers) expectCode(answer, 200);
    }
    await this.ended(id);
    this.decided.push({ taskId, id, action });
  }

  private async query(): Promise<void> {
    const id = await this.queries.submitted(this.range);
    expectSame(((await this.ended(id)) as { result: unknown }).result, this.number);
    this.done.queries++;
  }

  private async submit(): Promise<void> {
    const { status, body } = await this.office.request('POST', '/api/submit', TALK);
    expectSame(status, 202);
    expectSame(((await this.ended((body as { id: string }).id)) as { result: unknown }).result, true);
    this.done.talks++;
  }

  private async order(): Promise<void> {
    const id = await this.shop.ordered('device-rolling');
    await this.shop.reached(id, 'processing');
    expectCode(await this.shop.answer(id), 202);
    await this.ended(id);
    expectSame((await this.shop.pushes(id)).length, 3);
    this.done.orders++;
  }

  private async upload(): Promise<void> {
    const id = await this.files.uploaded('?name=notes.txt', 'some words\n'.repeat(1000));
    await this.files.reached(id, 'awaiting-upload-approval');
    expectCode(await this.files.decide('approve', id), 202);
    await this.files.reached(id, 'awaiting-download-approval');
    expectCode(await this.files.decide('approve/download', id), 202);
    await this.ended(id);
    this.done.files++;
  }

  private async approveByMail(): Promise<void> {
    const taskid = `mailed-${this.count++}`;
    const approval = { channel: 'email', to: 'ops@example.com' };
    const started = await this.office.start({ taskid, description: `Release ${taskid}`, approval });
    expectSame(started.status, 202);
    const link = await eventually(async () => {
      const { body } = await this.office.request('GET', '/sandbox/api/mail/messages');
      const mail = (body as { text: string }[]).find(({ text }) => text.includes(`${taskid}\n`));
      return /http\S+\/approvals\/\S+/.exec(mail?.text ?? '')?.[0];
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expectCode(await this.office.request('POST', link, 'action=approve&by=Dora&reason=', form), 200, 202);
    await this.ended((started.body as { id: string }).id);
    this.done.mails++;
  }

  private async manage(): Promise<void> {
    const { id } = await this.management.started('ProcessOrder', { regId: 'managed' });
    expectCode(await this.management.ask('GET', '/instances?top=5'), 200);
    expectCode(await this.management.ask('GET', `/instances/${id}?showHistory=true`), 200, 202);
    expectCode(await this.management.post(id, 'suspend?reason=load'), 202);
    expectCode(await this.management.post(id, 'resume?reason=load'), 202);
    expectCode(await this.management.post(id, 'terminate?reason=load'), 202);
    await this.management.reached(id, 'Terminated');
    this.done.managed++;
  }

  /** Held by the server until it ends, or asked again. */
  private async ended(id: string): Promise<unknown> {
    for (;;) {
      const { status, body } = await this.office.request('GET', `/api/status/${id}?wait=${HELD}`);
      if (status === 200) return body;
      expectSame(status, 202);
    }
  }
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** @throws Error */
function expectCode({ status, body }: Answered, ...codes: readonly number[]): void {
  if (!codes.includes(status)) throw new Error(`${status} instead of ${codes}: ${JSON.stringify(body)}`);
}

/** @throws Error */
function expectSame(is: unknown, wanted: unknown): void {
  if (is !== wanted) throw new Error(`${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}
