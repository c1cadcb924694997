/** The activities, against a real mail server. */
import { randomBytes } from 'node:crypto';
import type { PostApproval, Remind, UpdateMessage } from '@countersign/contracts';
import type { ActivityContext } from '@countersign/jetstream';
import { hashToken, makeToken, seal } from '@countersign/service';
import { contextOf, freePort } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import type { MailNotifierConfig } from './config';
import { MailClient } from './mail/mail.client';
import { PostApprovalHandler } from './post-approval';
import { RemindHandler } from './remind';
import { type Arrived, MailServer, PASSWORD, USER } from './testing/mail-server';
import { UpdateMessageHandler } from './update-message';

const tokenKey = randomBytes(32).toString('base64');
const token = makeToken('approval of DiPocket');
const subject = { description: 'Deploy DiPocket', facts: [{ label: 'Environment', value: 'PROD' }] };
const QUESTION: PostApproval = {
  tokenHash: hashToken(token),
  sealedToken: seal(token, tokenKey),
  subject,
  dueAt: '2030-01-02T03:04:05.000Z',
};
const PAGE = `https://approve.example/approvals/${token}`;

let server: MailServer;
let config: MailNotifierConfig;
beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await MailServer.start();
  config = {
    smtpHost: '127.0.0.1',
    smtpPort: server.port,
    smtpTls: 'none',
    smtpUser: USER,
    smtpPassword: PASSWORD,
    mailFrom: 'Countersign <approvals@example.com>',
    mailTo: 'ops@example.com',
    tokenKey,
    publicUrl: 'https://approve.example/',
  } as MailNotifierConfig;
});
afterAll(() => server.stop());
beforeEach(() => server.reset());

const context = (more: Partial<ActivityContext> = {}) => contextOf('approval of DiPocket', 2, more);
const post = (question = QUESTION, of = context(), settings = config) =>
  new PostApprovalHandler(new MailClient(settings), settings).post(question, of);
const remind = (message: Remind['message'], count = 1) =>
  new RemindHandler(new MailClient(config), config).remind({ ...QUESTION, message, count }, context());
const update = (message: Remind['message'], more: Partial<UpdateMessage['outcome']> = {}) =>
  new UpdateMessageHandler(new MailClient(config), config).update(
    {
      ...message,
      subject,
      dueAt: QUESTION.dueAt,
      outcome: { kind: 'approved', by: { id: 'page', name: 'Ada' }, at: '2030-01-01T00:00:00.000Z', ...more },
    },
    context(),
  );

/** The only one that came. */
function only(): Arrived {
  const [arrived, ...others] = server.arrived;
  if (arrived === undefined || others.length > 0) throw new Error(`${server.arrived.length} mails came`);
  return arrived;
}

describe('email.postApproval', () => {
  it('sends the question to the default recipient, with a link to the page', async () => {
    const posted = await post();
    const { mail, from, to } = only();
    expect([from, to]).toEqual(['approvals@example.com', ['ops@example.com']]);
    expect(mail.from).toEqual({ name: 'Countersign', address: 'approvals@example.com' });
    expect(mail.subject).toBe('Approval needed: Deploy DiPocket');
    expect(mail.headers).toContainEqual(
      expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }),
    );
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain('Deploy DiPocket');
      expect(body).toContain('PROD');
      expect(body).toContain('Due Wed, 2 Jan 2030, 03:04 UTC.');
      expect(body).toContain(PAGE);
    }
    expect(mail.html?.match(/href="[^"]*"/g)).toEqual([`href="${PAGE}"`]);
    expect(posted).toEqual({ channel: 'ops@example.com', ts: mail.messageId });
  });

  it('sends to the recipient that the policy names, and says what the policy asks for', async () => {
    const more = { to: 'cto@example.com', quorum: 2, reasonOnReject: true, escalated: true };
    expect(await post({ ...QUESTION, ...more })).toMatchObject({ channel: 'cto@example.com' });
    const { mail, to } = only();
    expect(to).toEqual(['cto@example.com']);
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain('2 people must approve');
      expect(body).toContain('must say why');
      expect(body).toContain('asked for elsewhere before');
    }
  });

  it('has the same Message-ID on every attempt, another one for another approval and another recipient', async () => {
    const { ts } = await post();
    expect(ts).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    expect(await post(QUESTION, context({ attempt: 2 }))).toEqual({ channel: 'ops@example.com', ts });
    const other = await post({ ...QUESTION, tokenHash: 'f'.repeat(64) });
    const elsewhere = await post({ ...QUESTION, to: 'cto@example.com' });
    expect(new Set([ts, other.ts, elsewhere.ts]).size).toBe(3);
    expect(server.arrived.map(({ mail }) => mail.messageId)).toEqual([ts, ts, other.ts, elsewhere.ts]);
  });

  it('says nothing of the token but in the link', async () => {
    await post();
    const { raw, mail } = only();
    expect(raw).not.toContain(QUESTION.tokenHash);
    expect(mail.headers.map(({ value }) => value).join()).not.toContain(token.slice(0, 20));
  });

  it('makes its attempt known before it sends, so that one that dies with its process is counted', async () => {
    let arrivedBefore = -1;
    await post(QUESTION, context({ progress: async () => void (arrivedBefore = server.arrived.length) }));
    expect(arrivedBefore).toBe(0);
  });

  it('lets nobody write headers, nor markup', async () => {
    const description =
      'x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>\u2028\u202egnp.exe & "<b>bold</b>"';
    const facts = [{ label: '<i>Label</i>\r\nX-Evil: 1', value: '"><img src=x onerror=alert(1)>' }];
    await post({ ...QUESTION, subject: { description, facts } });
    const { mail, to, raw } = only();
    expect(to).toEqual(['ops@example.com']);
    expect(mail.bcc).toBeUndefined();
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toMatch(/^(bcc|x-evil):/im);
    expect(mail.subject).toBe(
      'Approval needed: x Bcc: evil@example.com <script>alert(1)</script> gnp.exe & "<b>bold</b>"',
    );
    expect(mail.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(mail.html).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
    expect(mail.html).not.toMatch(/<script|<img|<i>|<b>/);
    expect(mail.text).toContain('<b>bold</b>');
  });

  it('shortens a long description in the subject, and only there', async () => {
    await post({ ...QUESTION, subject: { ...subject, description: 'ä'.repeat(3000) } });
    const { mail } = only();
    expect(mail.subject).toBe(`Approval needed: ${'ä'.repeat(149)}…`);
    expect(mail.text).toContain('ä'.repeat(3000));
  });

  it.each([
    'ops@example.com, evil@example.com',
    'a@b.c\r\nBcc: evil@example.com',
    'C0DEPLOYMENTS',
    'Ops <ops@example.com>',
  ])('fails for good for %j, which is no address, and sends nothing', async (to) => {
    await expect(post({ ...QUESTION, to })).rejects.toMatchObject({
      code: 'MailAddressInvalid',
      retryable: false,
      message: expect.stringContaining('MAIL_TO'),
    });
    expect(server.arrived).toEqual([]);
  });

  it.each([
    ['to', 550, 'Check the address'],
    ['from', 553, 'Check MAIL_FROM'],
    ['auth', 535, 'Check SMTP_USER and SMTP_PASSWORD'],
    ['data', 554, 'its answer says why'],
    ['connect', 554, 'its answer says why'],
  ] as const)(
    'fails for good, and says what to do, when the server answers %s with %i',
    async (step, code, advice) => {
      server.refuse([step, code, 'not today']);
      await expect(post()).rejects.toMatchObject({
        code: 'MailRefused',
        retryable: false,
        message: expect.stringMatching(new RegExp(`not today.*${advice}`, 's')),
        details: { responseCode: code },
      });
      expect(server.arrived).toEqual([]);
    },
  );

  it.each([
    ['to', 450],
    ['from', 451],
    ['auth', 454],
    ['data', 452],
    ['connect', 421],
    ['data', 503],
  ] as const)('can be tried again when the server answers %s with %i', async (step, code) => {
    server.refuse([step, code]);
    await expect(post()).rejects.toMatchObject({ code: 'MailUnavailable', retryable: true });
    expect(await post(QUESTION, context({ attempt: 2 }))).toMatchObject({ channel: 'ops@example.com' });
    expect(server.arrived).toHaveLength(1);
  });

  it('can be tried again when the server is out of reach', async () => {
    const settings = { ...config, smtpPort: await freePort() } as MailNotifierConfig;
    await expect(post(QUESTION, context(), settings)).rejects.toMatchObject({
      code: 'MailUnavailable',
      retryable: true,
    });
  });

  it('sends nothing to a server that offers no encryption, unless told to', async () => {
    const settings = { ...config, smtpTls: 'required' } as MailNotifierConfig;
    await expect(post(QUESTION, context(), settings)).rejects.toMatchObject({
      code: 'MailRefused',
      message: expect.stringContaining('SMTP_TLS'),
    });
    expect(server.arrived).toEqual([]);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const stranger = await MailServer.start({ isEncrypted: true });
    try {
      const settings = { ...config, smtpPort: stranger.port, smtpTls: 'required' } as MailNotifierConfig;
      await expect(post(QUESTION, context(), settings)).rejects.toMatchObject({
        code: 'MailUnavailable',
        message: expect.stringContaining('certificate'),
      });
      expect(stranger.arrived).toEqual([]);
    } finally {
      await stranger.stop();
    }
  });

  it('sends nothing once its attempt is given up', async () => {
    await expect(post(QUESTION, context({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      retryable: true,
    });
    expect(server.arrived).toEqual([]);
  });

  it('fails for good when the token was sealed with another key', async () => {
    const settings = { ...config, tokenKey: randomBytes(32).toString('base64') } as MailNotifierConfig;
    await expect(post(QUESTION, context(), settings)).rejects.toMatchObject({
      code: 'SealBroken',
      retryable: false,
    });
    expect(server.arrived).toEqual([]);
  });
});

const inThread = ({ mail }: Arrived, root: string) => {
  expect([mail.inReplyTo, mail.references]).toEqual([root, root]);
  expect(mail.subject).toBe('Re: Approval needed: Deploy DiPocket');
  expect(mail.messageId).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
};

describe('email.remind', () => {
  it('asks again in the thread, to the same recipient, with the link', async () => {
    const message = await post({ ...QUESTION, to: 'cto@example.com' });
    server.reset();
    expect(await remind(message)).toEqual({ updated: true });
    const arrived = only();
    inThread(arrived, message.ts);
    expect(arrived.to).toEqual(['cto@example.com']);
    for (const body of [arrived.mail.text, arrived.mail.html]) {
      expect(body).toContain('still waits');
      expect(body).toContain(PAGE);
    }
  });

  it('is the same message on every attempt, and another one than the next reminder', async () => {
    const message = await post();
    server.reset();
    for (const count of [1, 1, 2]) await remind(message, count);
    const [first, again, next] = server.arrived.map(({ mail }) => mail.messageId);
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });
});

describe('email.updateMessage', () => {
  it.each<[Partial<UpdateMessage['outcome']>, string]>([
    [{}, 'Approved by Ada, Tue, 1 Jan 2030, 00:00 UTC.'],
    [{ kind: 'rejected', reason: 'Freeze' }, 'Rejected by Ada, Tue, 1 Jan 2030, 00:00 UTC.\nReason: Freeze'],
    [{ kind: 'expired', by: undefined }, 'Nobody decided before Wed, 2 Jan 2030, 03:04 UTC.'],
    [
      { kind: 'reconciled', by: undefined, note: 'APPROVED' },
      'Decided where it was asked, Tue, 1 Jan 2030, 00:00 UTC.\nAPPROVED',
    ],
    [{ kind: 'failed' }, 'Ada decided, but the decision could not be delivered'],
    [
      { kind: 'failed', by: undefined, note: 'withdrawn' },
      'This approval failed, Tue, 1 Jan 2030, 00:00 UTC.\nwithdrawn',
    ],
  ] as [Partial<UpdateMessage['outcome']>, string][])(
    'says %j in the thread, without a link',
    async (outcome, words) => {
      const message = await post();
      server.reset();
      expect(await update(message, outcome)).toEqual({ updated: true });
      const arrived = only();
      inThread(arrived, message.ts);
      expect(arrived.mail.text).toContain(words);
      expect(arrived.raw).not.toContain('href=');
      expect(arrived.mail.text).not.toContain('/approvals/');
    },
  );

  it('fails nothing when there is no such mailbox any more', async () => {
    const message = await post();
    server.refuse(['to', 550, 'no such user']);
    expect(await update(message)).toEqual({
      updated: false,
      reason: expect.stringContaining('no such user'),
    });
  });

  it('fails for good when the server refuses anything else', async () => {
    const message = await post();
    server.refuse(['auth', 535]);
    await expect(update(message)).rejects.toMatchObject({ code: 'MailRefused' });
  });
});
