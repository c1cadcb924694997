import { freePort } from '@countersign/testing';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { type RunningSandbox, SMTP, startSandbox } from '../testing/start-sandbox';

let port: number;
let sandbox: RunningSandbox;
beforeAll(async () => {
  port = await freePort();
  sandbox = await startSandbox({ SMTP_PORT: String(port) });
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.call('POST', 'api/reset'));

const MAIL: SendMailOptions = {
  from: '"Countersign" <approvals@example.com>',
  to: 'ops@example.com',
  subject: 'Approval needed: Løve → PROD',
  text: 'Decide at https://countersign.example/approvals/abc',
  html: '<a href="https://countersign.example/approvals/abc">Decide</a>',
  messageId: '<1@example.com>',
};

/** The client that production code uses. */
const transport = (auth: object | undefined = SMTP) =>
  createTransport({ host: '127.0.0.1', port, ignoreTLS: true, ...(auth && { auth }) });
const send = (more: SendMailOptions = {}, auth?: object) => transport(auth).sendMail({ ...MAIL, ...more });
const messages = async () => (await sandbox.call('GET', 'api/mail/messages')).body;
const fail = (body: object) => sandbox.call('POST', 'api/faults', { target: 'mail', ...body });

describe('the stand-in mail server', () => {
  it('keeps what it takes, decoded', async () => {
    await send();
    await send({
      subject: 'Re: it',
      messageId: '<2@example.com>',
      inReplyTo: '<1@example.com>',
      references: '<1@example.com>',
    });
    expect(await messages()).toMatchObject([
      {
        from: 'approvals@example.com',
        fromName: 'Countersign',
        to: 'ops@example.com',
        subject: 'Approval needed: Løve → PROD',
        text: expect.stringContaining('Decide at https://countersign.example/approvals/abc'),
        html: expect.stringContaining('<a href='),
        messageId: '<1@example.com>',
        at: expect.stringMatching(/^\d{4}-.+Z$/),
      },
      { messageId: '<2@example.com>', inReplyTo: '<1@example.com>', references: '<1@example.com>' },
    ]);
  });

  it.each([
    ['another password', { user: SMTP.user, pass: 'guess' }, { responseCode: 535 }],
    ['nobody', null, { responseCode: 530 }],
  ])('refuses %s', async (_what, auth, error) => {
    const client = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, ...(auth && { auth }) });
    await expect(client.sendMail(MAIL)).rejects.toMatchObject(error);
    expect(await messages()).toEqual([]);
  });

  it('knows no address of somebody who is missing', async () => {
    await expect(send({ to: 'missing@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['down', undefined, { code: expect.stringMatching(/ECONNECTION|ESOCKET|ECONNRESET/) }],
    ['error', undefined, { responseCode: 451 }],
    ['error', 554, { responseCode: 554 }],
    ['rate-limit', undefined, { responseCode: 450 }],
    ['unauthorized', undefined, { responseCode: 535 }],
  ])('fails on demand: %s %s', async (mode, status, error) => {
    await fail({ mode, ...(status !== undefined && { status }) });
    await expect(send()).rejects.toMatchObject(error);
    expect(await messages()).toEqual([]);
    expect((await sandbox.call('GET', 'api/faults')).body).toMatchObject({ mail: { mode, requests: 1 } });
    await fail({ mode: 'off' });
    await send();
    expect(await messages()).toHaveLength(1);
  });

  it('cuts the connections that are open when it goes down', async () => {
    const client = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, auth: SMTP, pool: true });
    await client.sendMail(MAIL);
    await fail({ mode: 'down' });
    await expect(client.sendMail(MAIL)).rejects.toThrow();
    client.close();
    expect(await messages()).toHaveLength(1);
  });

  it('answers late on demand, and has the message all the same', async () => {
    await fail({ mode: 'slow' });
    const sending = send();
    await sandbox.until('api/mail/messages', (all) => (all as unknown[])[0]);
    let isOver = false;
    const over = sending.then(() => (isOver = true));
    expect((await messages()) as unknown[]).toHaveLength(1);
    expect(isOver).toBe(false);
    await over;
  });
});

it('says at once that its port is taken', async () => {
  await expect(startSandbox({ SMTP_PORT: String(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('lets nobody wait for it when it stops, not even for an open conversation', async () => {
  const other = await freePort();
  const stopping = await startSandbox({ SMTP_PORT: String(other) });
  const client = createTransport({ host: '127.0.0.1', port: other, ignoreTLS: true, auth: SMTP, pool: true });
  await client.sendMail(MAIL);
  await stopping.stop();
  client.close();
});
