/** How orders are described in the OpenAPI document. */
import { OrderApproval, processOrder } from '@countersign/contracts';
import { answers, type OperationDescription, problem, ref } from '@countersign/service';
import { idempotencyKey, startedAnswer } from '../http/http.api';

export const placeOrder: OperationDescription = {
  tag: 'Start',
  key: 'function',
  summary: 'Place an order',
  description:
    'Each stage (`received`, `processing`, then `finished`, `declined` or `expired`) is the custom status and is ' +
    'pushed to the device. While it is `processing`, the customer accepts the change, or does not.',
  headers: { 'idempotency-key': idempotencyKey },
  body: ref(processOrder.input),
  examples: { order: { regId: 'REGISTRATION', items: [{ name: 'tea', quantity: 2 }] } },
  answers: {
    ...answers.body,
    ...answers.key,
    ...answers.storage,
    202: startedAnswer,
    422: problem('This Idempotency-Key came with another order before'),
  },
};

export const answerOrder: OperationDescription = {
  tag: 'Approvals',
  summary: "Give the customer's answer to an order",
  description: 'Whoever knows the id of the order may answer. No body, or an empty object, accepts.',
  params: { instanceId: 'Id of the order, as its start answered and as each push carries it' },
  body: ref(OrderApproval),
  examples: { accept: {}, decline: { approved: false, reason: 'It takes too long.' } },
  answers: {
    ...answers.body,
    ...answers.storage,
    202: { description: 'The answer is stored', body: ref('Accepted'), headers: ['Location', 'Retry-After'] },
    404: problem('There is no such order'),
    409: problem('It was answered before, or the time to answer it is over; `stage` says which', [
      'Location',
    ]),
    410: problem('The order has ended; `stage` says how', ['Location']),
  },
};
