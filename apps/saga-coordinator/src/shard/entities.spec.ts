import {
  entity,
  entityId,
  signalEntity,
  workflow,
  type EntityRef,
  type WorkflowRef,
} from '@countersign/workflow';
import { Bench } from '../testing/bench';

const counter: EntityRef<number, { add: number }> = { name: 'Counter' };
const counterV1 = entity(counter, { version: 1, initial: 0 }, { add: (count, by) => count + by });
const sender: WorkflowRef<{ by: number }, void> = { name: 'sender' };
const senderV1 = workflow(sender, { version: 1 }, function* ({ by }) {
  yield* signalEntity(counter, 'visits', 'add', by);
  yield* signalEntity(counter, 'visits', 'add', by);
});
const ID = entityId('Counter', 'visits');

let bench: Bench;
const open = () => bench.coordinator({ definitions: [counterV1, senderV1] });
const send = (id: string, by: number) =>
  bench.store(id, { type: 'started', workflow: 'sender', input: { by } });
beforeEach(() => (bench = new Bench()));

// Fails without Outbox.#startOfEntity: the operations are ghosts then.
it('an operation starts its entity, once, whoever else sends one', async () => {
  const [a, b] = [open(), open()];
  a.client.log().attachConsumer((delivery) => (delivery.message.seq % 2 ? a : b).shard.handle(delivery));
  send('one', 1);
  send('two', 10);
  await bench.pass(1_000);
  expect(bench.inputs(ID).filter(({ type }) => type === 'started')).toHaveLength(1);
  expect(bench.steps(ID).at(-1)).toMatchObject({ status: 'Running', customStatus: { state: 22 } });
});

it('a deleted entity begins again with the next operation', async () => {
  const a = open();
  a.client.log().attachConsumer((delivery) => a.shard.handle(delivery));
  send('one', 1);
  await bench.pass(1_000);
  bench.store(ID, { type: 'terminate' });
  await bench.pass(1_000);
  bench.store(ID, { type: 'purge' });
  await bench.pass(1_000);
  expect(bench.steps(ID)).toEqual([]);
  send('two', 10);
  await bench.pass(1_000);
  expect(bench.steps(ID).at(-1)).toMatchObject({ customStatus: { state: 20 } });
});
