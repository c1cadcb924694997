/** What becomes of clicks while the approval lasts. Each of these is a branch of its own: none waits for another. */
import { approvalChannels, type Decision, type ShownVote } from '@countersign/contracts';
import {
  all,
  call,
  forever,
  now,
  race,
  shield,
  sleepUntil,
  until,
  waitForEvent,
  type CallOptions,
  type Effect,
  type EventRef,
  type Operation,
} from '@countersign/workflow';
import { attempt } from './attempt';
import type { Approval, Posted, Turned, Unsure } from './approval';
import { channelOf } from './channel-of';
import { BEST_EFFORT, MINUTE, pause, SECOND, STEADY_QUESTIONS } from './pace';
import { show } from './show';
import { wordsFor } from './words';

/** Slack's leave to open a dialog is worth something for three seconds. */
const AT_ONCE: CallOptions = { retry: { maxAttempts: 2 }, scheduleToClose: 10 * SECOND };
/** The last message has to wait for it. */
const SHORT: CallOptions = { retry: { maxAttempts: 3 }, startToClose: 20 * SECOND, scheduleToClose: MINUTE };
/** Then others have their turn. */
const A_WHILE: CallOptions = {
  retry: { maxAttempts: 0 },
  startToClose: 20 * SECOND,
  scheduleToClose: MINUTE,
};

/** Takes clicks from an event until one decides. */
export function* listen<Data>(
  approval: Approval,
  event: EventRef<Data>,
  read: (data: unknown) => Decision | undefined,
): Generator<Effect, void, unknown> {
  while (approval.decided === undefined) {
    const click = read(yield* waitForEvent(event));
    if (click === undefined) continue;
    approval.receive(click, yield* now());
    yield* showChanges(approval);
  }
}

/** Asks who is in the groups, for clicks that depend on it, until one decides. Nobody gets in unasked, and no click is lost. */
export function* inquire(approval: Approval): Generator<Effect, void, unknown> {
  const { unsure } = approval;
  while (approval.decided === undefined) {
    const asked = yield* nextUnsure(unsure);
    const isMember = yield* askWhetherMember(approval, asked.click);
    if (isMember === undefined) {
      if (asked.askAt === asked.time) approval.tell(asked.click, 'not-checked');
      const time = yield* now();
      asked.askAt = time + pause(MINUTE, time - asked.time, STEADY_QUESTIONS);
    } else {
      unsure.splice(unsure.indexOf(asked), 1);
      approval.receive(asked.click, asked.time, isMember);
      yield* showChanges(approval);
    }
  }
}

/** A click that was asked about in vain lets the others go first. */
function* nextUnsure(unsure: readonly Unsure[]): Generator<Effect, Unsure, unknown> {
  for (;;) {
    const time = yield* now();
    const ready = unsure.find(({ askAt }) => askAt <= time);
    if (ready !== undefined) return ready;
    const { length } = unsure;
    const earliest = Math.min(...unsure.map(({ askAt }) => askAt));
    yield* race({
      more: until(() => unsure.length > length),
      time: length === 0 ? forever() : sleepUntil(earliest),
    });
  }
}

/** Undefined where nobody knows. */
function* askWhetherMember(
  { rules }: Approval,
  { channel, by }: Decision,
): Generator<Effect, boolean | undefined, unknown> {
  const findMember = channelOf(channel)?.findMember;
  if (findMember === undefined) return false;
  const found = yield* attempt(call(findMember, { user: by.id, groups: [...rules.groups] }, A_WHILE));
  return found && found.member === true;
}

/** A vote that decides is shown with what comes of it. */
function* showChanges(approval: Approval): Generator<Effect, void, unknown> {
  if (approval.decided === undefined) yield* show(approval, 'waiting');
}

/** Opens dialogs that ask people why they reject. */
export function* askReasons(approval: Approval): Generator<Effect, never, unknown> {
  for (;;) {
    yield* until(() => approval.dialogs.length > 0);
    const click = approval.dialogs.shift()!;
    if (!(yield* openDialog(approval, click))) approval.tell(click, 'no-dialog');
  }
}

function* openDialog(approval: Approval, click: Decision): Generator<Effect, boolean, unknown> {
  const { by: person, channel, triggerId } = click;
  const open = channelOf(channel)?.askReason;
  const posted = messagesOf(approval, channel)[0];
  if (open === undefined || posted === undefined || triggerId === undefined) return false;
  const { subject, tokenHash, sealedToken } = posted.question;
  const { message } = posted;
  const input = { tokenHash, message, person, subject, sealedToken, triggerId };
  const answer = yield* attempt(call(open, input, AT_ONCE));
  return answer?.asked ?? false;
}

/** Tells people privately why their clicks do not count. */
export function* tellPeople(approval: Approval): Generator<Effect, never, unknown> {
  for (;;) {
    yield* until(() => approval.tells.length > 0);
    yield* tellOne(approval, approval.tells.shift()!);
  }
}

/** A click does not say on which message it was made; somebody may be in one channel, and not in another. */
function* tellOne(approval: Approval, { click, why }: Turned): Generator<Effect, void, unknown> {
  const tell = channelOf(click.channel)?.tell;
  if (tell === undefined) return;
  const text = wordsFor(why, approval);
  for (const { message } of messagesOf(approval, click.channel)) {
    const answer = yield* attempt(call(tell, { message, person: click.by, text }, BEST_EFFORT));
    if (answer?.told) return;
  }
}

/** Shows in the messages who has voted so far. The last message waits for it: it must not be overtaken. */
export function* showVotes(approval: Approval): Generator<Effect, never, unknown> {
  const { votes, messages, rules } = approval;
  const state = () => (rules.quorum === 1 || votes.length === 0 ? '' : `${votes.length} ${messages.length}`);
  let shown = '';
  for (;;) {
    yield* until(() => !approval.isOver && state() !== shown);
    shown = state();
    yield* shield(
      showAll(
        approval,
        votes.map(({ action, by, at }) => ({ action, by, at })),
      ),
    );
  }
}

function* showAll(approval: Approval, votes: ShownVote[]): Generator<Effect, void, unknown> {
  approval.isShowing = true;
  yield* all(approval.messages.map((posted) => attempt(shownIn(posted, votes))));
  approval.isShowing = false;
}

function shownIn({ channel, question, message }: Posted, votes: ShownVote[]): Operation<unknown> {
  const { showVotes } = approvalChannels[channel];
  return showVotes === undefined ? all([]) : call(showVotes, { ...question, message, votes }, SHORT);
}

/** The newest first. */
const messagesOf = ({ messages }: Approval, door: string): Posted[] =>
  messages.filter(({ channel }) => channel === door).toReversed();
