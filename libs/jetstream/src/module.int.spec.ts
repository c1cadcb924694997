import 'reflect-metadata';
import { streamName } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ActivityServer } from './activities/activity-server';
import { WorkflowClient } from './client';
import { JetStreamConnection } from './connection';
import { fixShardCount } from './deployment';
import { expectTopology } from './expected-topology';
import { JetStreamModule, type JetStreamSettings } from './module';

describe('JetStreamModule', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  const boot = (shards: number, servers = server.url, topology?: JetStreamSettings['topology']) => {
    @Module({
      imports: [JetStreamModule.forRoot({ servers, name: 'spec', shards, durability: 'single', topology })],
    })
    class App {}
    return NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  };

  it('provides a client of a provisioned deployment, and ends the connection with the application', async () => {
    const app = await boot(2);
    const connection = app.get(JetStreamConnection);
    expect(app.get(ActivityServer)).toBeDefined();
    await app.get(WorkflowClient).start({ workflow: 'W', id: 'x', input: null });
    await app.close();
    expect(connection.connected).toBe(false);
    expect(connection.nc.isClosed()).toBe(true);
  });

  it('does not boot with another shard count than the deployment has', async () => {
    await expect(boot(3)).rejects.toMatchObject({ code: 'WrongShardCount' });
  });

  describe('where another service makes the streams', () => {
    let empty: NatsServer;
    beforeEach(async () => {
      empty = await startNatsServer();
    });
    afterEach(() => empty.stop());

    // Fails when expectTopology does not look for the streams.
    it('waits until the last one is there, and makes none itself', async () => {
      let isThere = false;
      const waiting = boot(2, empty.url, 'expect').finally(() => (isThere = true));
      const connection = await JetStreamConnection.open({ servers: empty.url, name: 'maker' });
      const made = () => connection.jsm.streams.names().next();
      await fixShardCount(connection, 2, 1);
      await connection.jsm.streams.add({ name: streamName(0), subjects: ['wf.0.>'], allow_direct: true });
      expect([isThere, (await made()).length]).toEqual([false, 2]);
      await connection.jsm.streams.add({ name: streamName(1), subjects: ['wf.1.>'], allow_direct: true });
      await (await waiting).close();
      expect(await made()).toHaveLength(3);
      await connection.close();
    });

    it('does not boot with another shard count', async () => {
      await (await boot(2, empty.url)).close();
      await expect(boot(3, empty.url, 'expect')).rejects.toMatchObject({ code: 'WrongShardCount' });
    });

    it('says what is not there, and who would make it', async () => {
      const connection = await JetStreamConnection.open({ servers: empty.url, name: 'spec' });
      await expect(expectTopology(connection, { shards: 1 }, 300)).rejects.toMatchObject({
        code: 'TopologyMissing',
        message: expect.stringMatching(/^The shard count is not there.*TOPOLOGY=ensure/),
      });
      await connection.close();
    });
  });
});
