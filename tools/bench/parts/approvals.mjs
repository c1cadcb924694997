/**
 * Part `approvals`: many approvals wait, each with two reminders and a due time, all of which come. Between the
 * reminders the coordinator is killed. Coordinator and transport are those of the product; the notifier writes down
 * what it is asked for.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { cpuFigures, round, rounded, sum } from '../figures.mjs';
import { Processes } from '../processes.mjs';

const COUNTED = ['nats-server', 'coordinator', 'approvers'];
const STARTS_IN_FLIGHT = 200;
/** The coordinator that was killed at the second reminder has caught up within this time, before all are due. */
const RECOVERY_S = 7;
const MB = 2 ** 20;

/** @typedef {import('../run.mjs').Row} Row */

/**
 * How many are asked for, and how long it rests and when it reminds, in seconds.
 * @typedef {Pick<import('../options.mjs').BenchOptions, 'approvals' | 'rest' | 'remind'>} Size
 */

/**
 * Without `remind` long enough for all to be asked for, and for memory to come to rest, before the first reminder.
 * @param {Size} size
 */
const rhythmOf = ({ approvals, rest, remind = rest + 8 + Math.ceil(approvals / 250) }) => ({
  remindEverySeconds: remind,
  ttlSeconds: Math.round(remind * 2 + Math.max(remind * 0.7, RECOVERY_S)),
});

/** @type {import('../run.mjs').Part} */
export async function measureApprovals(options, reporter, running) {
  const processes = running(new Processes('single', options.profile));
  const approvers = await reporter.step('starting the processes', async () => {
    const ports = await processes.startNats();
    await processes.startService('coordinator', ports['saga-coordinator']);
    return processes.startGenerator('approvers', { PORT: String(ports.sandbox) });
  });
  return new Approvals(processes, approvers, options, reporter).run();
}

class Approvals {
  #processes;
  #approvers;
  #size;
  #reporter;

  /**
   * @param {Processes} processes
   * @param {Awaited<ReturnType<Processes['startGenerator']>>} approvers
   * @param {Size} size
   * @param {import('../../dev/console.mjs').Reporter} reporter
   */
  constructor(processes, approvers, size, reporter) {
    this.#processes = processes;
    this.#approvers = approvers;
    this.#size = size;
    this.#reporter = reporter;
  }

  get #count() {
    return this.#size.approvals;
  }

  async run() {
    const count = this.#count;
    await this.#rest();
    const [empty, before] = [this.#rss(), await this.#stored()];
    const asked = await this.#measure(`${count} approvals are asked for`, {
      kind: 'ask',
      count,
      inFlight: STARTS_IN_FLIGHT,
      ...rhythmOf(this.#size),
    });
    await this.#rest();
    const [waiting, stored] = [this.#rss(), await this.#stored()];
    return [
      { what: 'asked', ...this.#rateOf(asked) },
      { what: 'waiting', ...this.#grown(empty, waiting), ...this.#kept(before, stored) },
      await this.#told('first reminder', 'reminder 1'),
      await this.#killed(),
      await this.#expired(stored),
    ];
  }

  /** @param {string} what @param {import('../src/protocol').ApprovalCommand} command */
  #measure(what, command) {
    return this.#reporter.step(what, () => this.#processes.measure(this.#approvers, command));
  }

  /** @param {string} what @param {string} message */
  async #told(what, message) {
    const count = this.#count;
    await this.#measure(`${what}: it begins`, { kind: 'told', what: message, count: 1 });
    const told = await this.#measure(what, { kind: 'told', what: message, count });
    return { what, ...this.#rateOf(told), repeated: (await this.#stored()).repeated };
  }

  /** The coordinator is killed when the second reminders begin, and starts again. */
  async #killed() {
    const count = this.#count;
    const what = 'second reminder, killed';
    const message = 'reminder 2';
    await this.#measure(`${what}: it begins`, { kind: 'told', what: message, count: 1 });
    const [told] = await Promise.all([
      this.#measure(what, { kind: 'told', what: message, count }),
      this.#processes.crash('coordinator'),
    ]);
    const { seconds } = told.load;
    return { what, seconds: round(seconds, 2), repeated: (await this.#stored()).repeated };
  }

  /** @param {{ messages: number, bytes: number }} waiting */
  async #expired(waiting) {
    const row = await this.#told('due time', 'expired');
    const { load } = await this.#processes.measure(this.#approvers, {
      kind: 'told',
      what: 'expired',
      count: this.#count,
    });
    const rss = rounded(this.#rss(), 0);
    const ended = this.#kept(waiting, await this.#stored());
    return {
      ...row,
      late_p50_ms: round(load.p50, 0),
      late_p99_ms: round(load.p99, 0),
      ...ended,
      rss_mb_by_process: rss,
    };
  }

  async #rest() {
    if (this.#size.rest === 0) return;
    await pause(this.#size.rest * 1000);
    await this.#processes.collectGarbage(['coordinator', 'approvers']);
  }

  #rss() {
    return this.#processes.rssMb(COUNTED);
  }

  async #stored() {
    const { load } = await this.#processes.measure(this.#approvers, { kind: 'stored' });
    if (load.stored === undefined) throw new Error('The approvers did not say what is stored');
    return { ...load.stored, repeated: load.repeated ?? NaN };
  }

  /** @param {import('../processes.mjs').Measured} measured */
  #rateOf({ load, cpu }) {
    return {
      rate: round(load.completed / load.seconds, 0),
      seconds: round(load.seconds, 2),
      ...cpuFigures(cpu, load.completed),
    };
  }

  /** @param {Record<string, number>} before @param {Record<string, number>} after */
  #grown(before, after) {
    const each = Object.fromEntries(
      COUNTED.map((name) => [name, (((after[name] ?? NaN) - (before[name] ?? NaN)) / this.#count) * 10_000]),
    );
    return { mb_per_10000: round(sum(each), 1), mb_per_10000_by_process: rounded(each, 1) };
  }

  /** @param {{ messages: number, bytes: number }} before @param {{ messages: number, bytes: number }} after */
  #kept(before, after) {
    return {
      messages_each: round((after.messages - before.messages) / this.#count, 2),
      stored_mb_per_10000: round(((after.bytes - before.bytes) / MB / this.#count) * 10_000, 1),
    };
  }
}
