import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsServer, startNatsServer } from './nats-server';

const servers: NatsServer[] = [];
const start = async (...args: Parameters<typeof startNatsServer>) => {
  const server = await startNatsServer(...args);
  servers.push(server);
  return server;
};
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each([{ syncAlways: false }, { syncAlways: true }])(
  'keeps what was stored when it is killed and started again (%j)',
  async (options) => {
    const server = await start(options);
    const nc = await connect({ servers: server.url });
    await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s.>'] });
    await jetstream(nc).publish('s.1', 'kept');
    await nc.close();
    const first = server.pid;
    await server.kill('SIGKILL');
    await server.restart();
    expect(server.pid).not.toBe(first);
    const again = await connect({ servers: server.url });
    const info = await (await jetstreamManager(again)).streams.info('S');
    expect(info.state.messages).toBe(1);
    await again.close();
  },
);

it('takes more of its configuration, and what that says of the environment', async () => {
  const server = await start({
    config: 'authorization { user: u, password: $WORD }',
    env: { WORD: 'secret' },
  });
  await expect(connect({ servers: server.url })).rejects.toThrow(/authorization/i);
  await (await connect({ servers: server.url, user: 'u', pass: 'secret' })).close();
});

it('removes its data and its process at stop', async () => {
  const server = await start();
  const { pid } = server;
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  expect(() => server.pid).toThrow('not running');
});

it('says why it does not start', async () => {
  const server = await start();
  await expect(startNatsServer({ port: server.port })).rejects.toThrow(/nats-server did not start/);
  await expect(startNatsServer({ dataDir: '/nowhere' })).rejects.toThrow(/ENOENT/);
});
