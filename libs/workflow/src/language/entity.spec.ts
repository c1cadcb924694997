import { ReplayedInstance } from '@countersign/testing';
import { entity, entityId, parseEntityId, signalEntity, type EntityRef } from '..';
import { begin } from '../testing/refs';

interface Stock {
  readonly items: string[];
}
interface StockOperations {
  put: string;
  clear: null;
  spoil: null;
}
const stock: EntityRef<Stock, StockOperations> = { name: 'Stock' };
const initial: Stock = { items: [] };
const stockV1 = entity(
  stock,
  { version: 1, initial },
  {
    put: ({ items }, item) => ({ items: [...items, item] }),
    clear: () => ({ items: [] }),
    spoil: (state) => {
      state.items.push('spoiled');
      throw new Error('out of reach');
    },
  },
);

const open = () => {
  const instance = new ReplayedInstance([stockV1], { id: entityId('Stock', 'north') });
  instance.start({});
  return instance;
};
const send = (instance: ReplayedInstance, operation: string, input: string | null = null) =>
  instance.raise('operation', { operation, input });

it('applies one operation after another', () => {
  const instance = open();
  expect(instance.step.customStatus).toEqual({ state: { items: [] } });
  send(instance, 'put', 'bolts');
  send(instance, 'put', 'nuts');
  expect(instance.step.customStatus).toEqual({ state: { items: ['bolts', 'nuts'] } });
  send(instance, 'clear');
  expect(instance.step.customStatus).toEqual({ state: { items: [] } });
});

it('is not changed by an operation that fails or is not known', () => {
  const instance = open();
  send(instance, 'put', 'bolts');
  send(instance, 'spoil');
  expect(instance.step.customStatus).toEqual({
    state: { items: ['bolts'] },
    error: { code: 'Error', message: 'out of reach' },
  });
  for (const operation of ['burn', 'constructor', 'toString']) {
    send(instance, operation);
    expect(instance.step.customStatus).toMatchObject({ error: { code: 'UnknownOperation' } });
  }
  send(instance, 'put', 'nuts');
  expect(instance.step.customStatus).toEqual({ state: { items: ['bolts', 'nuts'] } });
});

it('lives on after it let go of its history', () => {
  const instance = open();
  for (let i = 0; i < 250; i++) send(instance, i === 120 ? 'clear' : 'put', String(i));
  instance.forgetOlder();
  send(instance, 'put', 'last');
  const { state } = instance.step.customStatus as unknown as { state: Stock };
  expect(state.items).toHaveLength(130);
  expect(instance.steps.length).toBeLessThan(60);
});

it('is signalled by workflows', () => {
  const instance = begin(function* () {
    yield* signalEntity(stock, 'north', 'put', 'bolts');
    // @ts-expect-error no such operation
    yield* signalEntity(stock, 'north', 'burn', null);
  });
  expect(instance.step.commands).toMatchObject([
    { kind: 'signal', name: 'operation', args: { operation: 'put', input: 'bolts' } },
    { kind: 'signal' },
  ]);
});

it.each([
  ['@Stock@north', { name: 'Stock', key: 'north' }],
  ['@Stock@a@b', { name: 'Stock', key: 'a@b' }],
  ['@Stock@', { name: 'Stock', key: '' }],
  ['Stock@north', undefined],
  ['@@north', undefined],
  ['@Stock', undefined],
])('reads the id %s', (id, entity) => {
  expect(parseEntityId(id)).toEqual(entity);
});
