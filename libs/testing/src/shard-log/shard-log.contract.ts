import type { Delivery } from '@countersign/workflow';
import { type Case, caseOn, type LogUnderTest } from './case';
import { delivering } from './delivering.contract';
import { publishing } from './publishing.contract';
import { reading } from './reading.contract';
import { removing } from './removing.contract';
import { scheduling } from './scheduling.contract';

/** What every `ShardLog` and its deliveries do, as nats-server does it. */
export function shardLogContract(name: string, setup: () => Promise<LogUnderTest> | LogUnderTest): void {
  describe(`${name} as a shard's log`, () => {
    let test: LogUnderTest;
    const all: Delivery[] = [];
    let cases = 0;
    const next = (): Case => caseOn(test, all, `case-${++cases}`);
    beforeAll(async () => {
      test = await setup();
      await test.consume((delivery) => all.push(delivery));
    });
    afterAll(() => test.stop());

    describe('publish', () => publishing(next));
    describe('reading', () => reading(next));
    describe('removing', () => removing(next));
    describe('schedules', () => scheduling(next));
    describe('deliveries', () => delivering(next));
  });
}
