/**
 * Application 4: an order with a change that the customer must accept. Every stage is the custom status and
 * is pushed to the customer's device; the push of `processing` asks, and says by when.
 *
 * A device that cannot be reached stops nothing: what became of each push is the result, and the customer can
 * answer by HTTP.
 */
import {
  orderApproval,
  processOrder,
  sendPush,
  type OrderPush,
  type OrderStage,
  type ProcessOrderInput,
} from '@countersign/contracts';
import {
  ActivityError,
  all,
  call,
  isoTime,
  now,
  race,
  setCustomStatus,
  sleepUntil,
  waitForEvent,
  workflow,
  type Effect,
  type Operation,
} from '@countersign/workflow';
import { readAnswer, type Answer } from './answer';
import { messageOf, type Facts } from './messages';

const SECOND = 1000;
const DEFAULT_LIFE = 24 * 3600;
/** A push that is older than this tells nobody anything. */
const PUSH_LIFE = 600 * SECOND;

/** What stays the same from the first push to the last. */
interface Order extends Facts {
  readonly regId: string;
  /** How long each push is tried, in milliseconds. */
  readonly patience: number;
}

/**
 * The answer is waited for from the start, so that one that comes before it was asked for counts as well, and
 * the second of two is known at once to be the second.
 */
export const processOrderV1 = workflow(processOrder, { version: 1 }, function* (input: ProcessOrderInput) {
  const life = (input.approvalSeconds ?? DEFAULT_LIFE) * SECOND;
  const due = (yield* now()) + life;
  const facts = { items: input.items ?? [], dueAt: isoTime(due) };
  const order = { ...facts, regId: input.regId, patience: Math.min(PUSH_LIFE, life) };
  const [asked, answer] = yield* all([
    ask(order),
    race({ answered: firstAnswer(), expired: sleepUntil(due) }),
  ]);
  const stage = answer.winner === 'expired' ? 'expired' : answer.value.accepted ? 'finished' : 'declined';
  return [...asked, yield* tell(stage, order, asked)];
});

function* ask(order: Order): Generator<Effect, OrderPush[], unknown> {
  const received = yield* tell('received', order, []);
  return [received, yield* tell('processing', order, [received])];
}

/** What is no answer (anything can be raised by who manages instances) is passed over, and decides nothing. */
function* firstAnswer(): Generator<Effect, Answer, unknown> {
  for (;;) {
    const answer = readAnswer(yield* waitForEvent(orderApproval));
    if (answer !== undefined) return answer;
  }
}

/** Pushes a stage, and gives what became of it. */
function* tell(
  stage: OrderStage,
  order: Order,
  earlier: readonly OrderPush[],
): Generator<Effect, OrderPush, unknown> {
  yield* show(stage);
  const at = isoTime(yield* now());
  // The push service wants to be left alone with a device that it does not know.
  const gone = earlier.find((push) => push.outcome === 'unregistered');
  if (gone !== undefined) return { ...gone, stage, at };
  const options = { retry: { maxAttempts: 0 }, scheduleToClose: order.patience };
  try {
    const message = messageOf(stage, order);
    return { stage, at, ...(yield* call(sendPush, { regId: order.regId, stage, ...message }, options)) };
  } catch (error) {
    if (!(error instanceof ActivityError)) throw error;
    return { stage, at, outcome: 'failed', reason: `${error.code}: ${error.message}` };
  }
}

const show = (stage: OrderStage): Operation<void> => setCustomStatus(stage);
