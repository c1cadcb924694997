/** The whole service, on a real nats-server. */
import { randomBytes } from 'node:crypto';
import { ActivityServer } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import { eventually, freePort, type NatsServer, startNatsServer } from '@countersign/testing';
import type { INestApplication } from '@nestjs/common';
import { mailNotifierModule } from './app.module';
import { MailNotifierConfig } from './config';

const SETTINGS = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  SMTP_HOST: '127.0.0.1',
  MAIL_FROM: 'Countersign <approvals@example.com>',
  MAIL_TO: 'ops@example.com',
  TOKEN_KEY: randomBytes(32).toString('base64'),
  PUBLIC_URL: 'https://approve.example',
};

let nats: NatsServer;
let service: INestApplication | undefined;
beforeAll(async () => {
  nats = await startNatsServer();
});
afterEach(() => service?.close());
afterAll(() => nats?.stop());

it('is ready although the mail server is out of reach, because what it could not send is tried again', async () => {
  const config = loadConfig(MailNotifierConfig, {
    ...SETTINGS,
    NATS_URL: nats.url,
    SMTP_PORT: String(await freePort()),
  });
  const strategy = (app: INestApplication) => app.get(ActivityServer);
  service = await startService(
    { name: 'mail-notifier', config: MailNotifierConfig, module: mailNotifierModule, strategy },
    config,
  );
  const url = await service.getUrl();
  const answer = await eventually(
    () => fetch(`${url}/health/ready`),
    ({ status }) => status === 200,
  );
  expect(await answer.json()).toMatchObject({ parts: { nats: 'ready' } });
});

it.each([
  ['SMTP_HOST', { SMTP_HOST: '' }],
  ['SMTP_TLS', { SMTP_TLS: 'perhaps' }],
  ['SMTP_PASSWORD', { SMTP_USER: 'countersign' }],
  ['MAIL_FROM', { MAIL_FROM: 'Countersign' }],
  ['MAIL_TO', { MAIL_TO: 'ops@example.com, cto@example.com' }],
  ['TOKEN_KEY', { TOKEN_KEY: 'short' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'approve' }],
])('does not start without a usable %s', (name, broken) => {
  expect(() => loadConfig(MailNotifierConfig, { ...SETTINGS, ...broken })).toThrow(
    new RegExp(`^  ${name} `, 'm'),
  );
});
