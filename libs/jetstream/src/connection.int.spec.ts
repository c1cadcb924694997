import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, metric, startNatsServer, type NatsServer } from '@countersign/testing';
import { generate } from 'selfsigned';
import { type ConnectionSettings, JetStreamConnection } from './connection';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

describe('JetStreamConnection', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  it('counts an epoch for each reconnect and tells its listeners', async () => {
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    const events: string[] = [];
    connection.onDisconnect(() => events.push('down'));
    const up = new Promise<void>((resolve) => connection.onReconnect(resolve));
    expect(connection.epoch).toBe(1);

    await server.restart();
    await up;

    expect(events).toEqual(['down']);
    expect(connection.epoch).toBe(2);
    expect(connection.connected).toBe(true);
    await connection.close();
    expect(connection.connected).toBe(false);
  });

  it('tells Prometheus whether it is connected, and how often it connected anew', async () => {
    const reconnects = (await metric('countersign_nats_reconnects_total')) ?? 0;
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    const down = new Promise<void>((resolve) => connection.onDisconnect(resolve));
    const up = new Promise<void>((resolve) => connection.onReconnect(resolve));
    expect(await metric('countersign_nats_connected')).toBe(1);
    await server.kill();
    await down;
    expect(await metric('countersign_nats_connected')).toBe(0);
    await server.restart();
    await up;
    expect(await metric('countersign_nats_connected')).toBe(1);
    expect(await metric('countersign_nats_reconnects_total')).toBe(reconnects + 1);
    await connection.close();
  });

  it('waits for a server that starts later', async () => {
    const port = await freePort();
    const opening = JetStreamConnection.open({ servers: `nats://127.0.0.1:${port}`, name: 'spec' });
    const late = await startNatsServer({ port });
    await (await opening).close();
    await late.stop();
  });

  it('says where it looked and what to do when no server answers in time', async () => {
    const port = await freePort();
    const opening = JetStreamConnection.open({
      servers: `nats://127.0.0.1:${port}`,
      name: 'spec',
      connectTimeout: 600,
    });
    await expect(opening).rejects.toMatchObject({
      code: 'NatsUnreachable',
      message: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*set NATS_URL`)),
    });
  });

  it('refuses a server older than 2.12 by its version', async () => {
    const old = await serverOfVersion('2.11.9');
    const { port } = old.address() as AddressInfo;
    await expect(
      JetStreamConnection.open({ servers: `nats://127.0.0.1:${port}`, name: 'spec' }),
    ).rejects.toMatchObject({
      code: 'NatsServerTooOld',
      message: expect.stringContaining('nats-server 2.11.9'),
    });
    old.close();
  });

  describe('of a user over TLS', () => {
    let dir: string;
    let caFile: string;
    let secure: NatsServer;
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'countersign-tls-'));
      const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
      });
      caFile = join(dir, 'cert.pem');
      await Promise.all([writeFile(caFile, cert), writeFile(join(dir, 'key.pem'), key)]);
      const inbox = `publish: ">", subscribe: "_INBOX_me.>"`;
      secure = await startNatsServer({
        config: `tls { cert_file: "${caFile}", key_file: "${join(dir, 'key.pem')}" }
          authorization { users: [{ user: me, password: $PASSWORD, permissions: { ${inbox} } }] }`,
        env: { PASSWORD: 'secret' },
      });
    });
    afterAll(async () => {
      await secure?.stop();
      await rm(dir, { recursive: true, force: true });
    });
    const open = (more: Partial<ConnectionSettings>) =>
      JetStreamConnection.open({
        servers: secure.url,
        name: 'spec',
        user: 'me',
        password: 'secret',
        connectTimeout: 1000,
        ...more,
      });

    it('listens for answers where only this user may', async () => {
      const connection = await open({ caFile });
      expect(connection.inbox()).toMatch(/^_INBOX_me\.\w+$/);
      const logs = new ShardLogs(connection, 1);
      await ensureTopology(connection, { shards: 1, durability: 'single', queues: [] });
      await expect(logs.at(0).last('wf.0.x.step')).resolves.toBeUndefined();
      await expect(logs.at(0).publish({ subject: 'wf.0.x.in', body: '1' })).resolves.toMatchObject({
        kind: 'stored',
      });
      logs.close();
      await connection.close();
    });

    it('is refused with a wrong password, or a certificate that nobody we know has signed', async () => {
      await expect(open({ caFile, password: 'other' })).rejects.toMatchObject({
        code: 'NatsUserRefused',
        message: expect.stringContaining('NATS_PASSWORD'),
      });
      await expect(open({})).rejects.toMatchObject({
        message: expect.stringMatching(/self-signed|certificate/),
      });
    });

    it('does not speak to a server without TLS, once it was told whom to trust', async () => {
      await expect(open({ servers: server.url, caFile })).rejects.toMatchObject({
        message: expect.stringMatching(/tls/i),
      });
    });
  });

  it('names the cause when the server has no JetStream', async () => {
    const plain = await serverOfVersion('2.12.0');
    const { port } = plain.address() as AddressInfo;
    await expect(
      JetStreamConnection.open({ servers: `nats://127.0.0.1:${port}`, name: 'spec' }),
    ).rejects.toMatchObject({ code: 'JetStreamDisabled' });
    plain.close();
  });
});

/** Speaks just enough of the protocol to be connected to; answers every request with "no responders". */
function serverOfVersion(version: string): Promise<Server> {
  const server = createServer((socket) => {
    const info = { server_id: 'old', version, headers: true, max_payload: 1_048_576, proto: 1 };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n')) {
        if (line === 'PING') socket.write('PONG\r\n');
        const [, subject] = /^PUB \S+ (\S+) /.exec(line) ?? [];
        if (subject !== undefined) socket.write(`HMSG ${subject} 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`);
      }
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
