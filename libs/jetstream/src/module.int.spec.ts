import 'reflect-metadata';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ActivityServer } from './activities/activity-server';
import { WorkflowClient } from './client';
import { JetStreamConnection } from './connection';
import { JetStreamModule } from './module';

describe('JetStreamModule', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  const boot = (shards: number) => {
    @Module({
      imports: [JetStreamModule.forRoot({ servers: server.url, name: 'spec', shards, durability: 'single' })],
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
});
