import { CodedError } from '@countersign/workflow';
import { IsBoolean, IsInt, IsOptional, IsString, IsUrl } from 'class-validator';
import { loadConfig, loadConfigFrom, ServiceConfig, Setting } from './config';

class MailConfig extends ServiceConfig {
  override readonly port: number = 7099;

  @Setting('MAIL_URL', 'server that sends mail')
  @IsUrl({ require_tld: false })
  readonly mailUrl!: string;

  @Setting('MAIL_PASSWORD', 'password at the mail server')
  @IsString()
  readonly password!: string;

  @Setting('MAIL_RETRIES', 'how often a mail is tried again')
  @IsInt()
  readonly retries: number = 3;

  @Setting('MAIL_DRY_RUN', 'whether mails are only logged')
  @IsBoolean()
  readonly dryRun: boolean = false;

  @Setting('MAIL_SENDER', 'address of the sender')
  @IsOptional()
  @IsString()
  readonly sender?: string;
}

const REQUIRED = { MAIL_URL: 'http://mail:25', MAIL_PASSWORD: 'hunter2' };

const failure = (env: Record<string, string>): CodedError => {
  try {
    loadConfig(MailConfig, env);
  } catch (error) {
    if (error instanceof CodedError) return error;
  }
  throw new Error('the configuration was accepted');
};

describe('loadConfig', () => {
  it('reads text, numbers and booleans, and keeps defaults', () => {
    const config = loadConfig(MailConfig, {
      ...REQUIRED,
      MAIL_RETRIES: '7',
      MAIL_DRY_RUN: 'true',
      SHARDS: '4',
    });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 7099,
      shards: 4,
      durability: 'single',
      mailUrl: 'http://mail:25',
      retries: 7,
      dryRun: true,
      sender: undefined,
    });
  });

  it('reads the word false as false', () => {
    expect(loadConfig(MailConfig, { ...REQUIRED, MAIL_DRY_RUN: 'false' }).dryRun).toBe(false);
  });

  it('cannot be changed afterwards', () => {
    const config = loadConfig(MailConfig, REQUIRED);
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config, { password: 'x' })).toThrow(TypeError);
  });

  it('names every setting that is missing or wrong, with what it is for, in one message', () => {
    expect(failure({ MAIL_URL: '', MAIL_RETRIES: 'often', DURABILITY: 'none' }).message.split('\n')).toEqual([
      'Set these environment variables and start again:',
      '  DURABILITY must be one of the following values: single, synced, replicated: how safely JetStream stores: single (one copy), synced (one copy, fsync), replicated',
      '  MAIL_URL is missing: server that sends mail',
      '  MAIL_PASSWORD is missing: password at the mail server',
      '  MAIL_RETRIES must be an integer number: how often a mail is tried again',
    ]);
  });

  it('does not take half a number for a number', () => {
    expect(failure({ ...REQUIRED, PORT: '70x' }).message).toContain('PORT must');
    expect(failure({ ...REQUIRED, PORT: '0x10' }).message).toContain('PORT must');
    expect(failure({ ...REQUIRED, PORT: '70000' }).message).toContain('PORT must not be greater than 65535');
  });

  it('never repeats a value, which may be a secret', () => {
    const { message } = failure({ MAIL_PASSWORD: 'hunter2', MAIL_URL: 'not hunter2' });
    expect(message).toContain('MAIL_URL');
    expect(message).not.toContain('hunter2');
  });
});

describe('loadConfigFrom', () => {
  /** A source that the setting STORE leads to, and the names that it was asked for. */
  const storeOf = (held: Record<string, string>) => {
    const asked: string[] = [];
    const sourceOf = (env: Readonly<Record<string, string | undefined>>) =>
      env['STORE'] === undefined
        ? undefined
        : {
            placeOf: (name: string) => `key ${name} of ${env['STORE']}`,
            read: async (names: readonly string[]) => {
              asked.push(...names);
              return held;
            },
          };
    return { asked, sourceOf };
  };

  it('looks up what the environment does not hold; what it holds stands', async () => {
    const store = storeOf({ MAIL_PASSWORD: 'hunter2', MAIL_RETRIES: '9', SHARDS: '5' });
    const env = { STORE: 'store', MAIL_URL: 'http://mail:25', SHARDS: '4', HOST: ' ' };
    const config = await loadConfigFrom(store.sourceOf, MailConfig, env);
    expect(config).toMatchObject({ mailUrl: 'http://mail:25', password: 'hunter2', retries: 9, shards: 4 });
    expect(store.asked).toEqual(expect.arrayContaining(['MAIL_PASSWORD', 'MAIL_RETRIES', 'HOST']));
    expect(store.asked).not.toContain('MAIL_URL');
    expect(store.asked).not.toContain('SHARDS');
  });

  it('asks nobody where the environment names no source', async () => {
    const store = storeOf({ MAIL_RETRIES: '9' });
    expect(await loadConfigFrom(store.sourceOf, MailConfig, REQUIRED)).toMatchObject({ retries: 3 });
    expect(store.asked).toEqual([]);
  });

  it('says of what is missing or wrong where it was looked up', async () => {
    const { sourceOf } = storeOf({ MAIL_RETRIES: 'hunter2', MAIL_PASSWORD: '' });
    const env = { STORE: 'store', MAIL_URL: 'not an address' };
    const error = (await loadConfigFrom(sourceOf, MailConfig, env).catch((e: unknown) => e)) as CodedError;
    expect(error.message.split('\n')).toEqual([
      'Set these environment variables and start again:',
      '  MAIL_URL must be a URL address: server that sends mail',
      '  MAIL_PASSWORD is missing, also as key MAIL_PASSWORD of store: password at the mail server',
      '  MAIL_RETRIES must be an integer number, read from key MAIL_RETRIES of store: how often a mail is tried again',
    ]);
  });
});

describe('what a service is told of NATS', () => {
  const nats = (env: Record<string, string>) => loadConfig(ServiceConfig, env).jetstream;

  it('names no user and makes what is missing, unless it is told otherwise', () => {
    const servers = 'nats://127.0.0.1:4222';
    expect(nats({})).toEqual({ servers, shards: 1, durability: 'single', topology: 'ensure' });
  });

  it('has a user, whom to trust, and what to expect', () => {
    const env = {
      NATS_URL: 'tls://nats:4222',
      NATS_USER: 'token-store',
      NATS_PASSWORD: 'secret',
      NATS_CA_FILE: '/ca.pem',
      TOPOLOGY: 'expect',
    };
    expect(nats(env)).toEqual({
      servers: 'tls://nats:4222',
      user: 'token-store',
      password: 'secret',
      caFile: '/ca.pem',
      shards: 1,
      durability: 'single',
      topology: 'expect',
    });
  });

  it('refuses a user that no subject may contain', () => {
    expect(() => nats({ NATS_USER: 'a.>' })).toThrow(/NATS_USER must consist of letters/);
  });
});
