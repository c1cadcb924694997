/**
 * Application 3: a talk is moderated, shortlisted and selected. The first one who says no ends it.
 *
 * Rules of a service review each stage; where the submission says so, people make the selection.
 */
import {
  moderate,
  processSubmission,
  requestApproval,
  select,
  shortened,
  shortlist,
  withdrawApproval,
  type ApprovalPolicy,
  type ApprovalResult,
  type Review,
  type Subject,
  type SubmissionStage,
  type Talk,
} from '@countersign/contracts';
import {
  call,
  CanceledError,
  child,
  CodedError,
  setCustomStatus,
  signal,
  uuid,
  workflow,
  type ActivityRef,
  type Effect,
  type Operation,
} from '@countersign/workflow';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Reviewing a talk takes moments, but its reviewers may be down for a day. */
const REVIEW = { retry: { maxAttempts: 0 }, startToClose: MINUTE, scheduleToClose: 24 * HOUR } as const;

export const processSubmissionV1 = workflow(
  processSubmission,
  { version: 1 },
  function* ({ approval, ...talk }) {
    const accepted =
      (yield* passes('Moderation', reviewed(moderate, talk))) &&
      (yield* passes('Shortlisting', reviewed(shortlist, talk))) &&
      (yield* passes('Selection', approval ? selectedByPeople(talk, approval) : reviewed(select, talk)));
    yield* show(accepted ? 'Approved' : 'Rejected');
    return accepted;
  },
);

function* passes(stage: SubmissionStage, verdict: Operation<boolean>): Generator<Effect, boolean, unknown> {
  yield* show(stage);
  return yield* verdict;
}

function* reviewed(by: ActivityRef<Talk, Review>, talk: Talk): Generator<Effect, boolean, unknown> {
  return (yield* call(by, talk, REVIEW)).accepted;
}

/** Nobody has decided in time: then the talk is not in the programme. */
function* selectedByPeople(talk: Talk, approval: ApprovalPolicy): Generator<Effect, boolean, unknown> {
  const { kind, note } = yield* ask(talk, approval);
  if (kind === 'approved') return true;
  if (kind === 'rejected' || kind === 'expired') return false;
  throw new CodedError('SelectionFailed', note ?? `The selection ended as ${kind}.`);
}

/** A child goes on by itself when nobody waits for it any more, so it is told that nobody does. */
function* ask(talk: Talk, approval: ApprovalPolicy): Generator<Effect, ApprovalResult, unknown> {
  const id = yield* uuid();
  try {
    return yield* child(requestApproval, { subject: subjectOf(talk), approval }, { id });
  } catch (error) {
    if (error instanceof CanceledError)
      yield* signal(id, withdrawApproval, { reason: shortened(error.message, 2000) });
    throw error;
  }
}

const subjectOf = ({ title, description, track, speaker: { name, country } }: Talk): Subject => ({
  description: shortened(description, 3000),
  facts: [
    { label: 'Talk', value: title },
    { label: 'Speaker', value: name },
    { label: 'Track', value: track },
    { label: 'Country', value: country },
  ],
});

const show = (stage: SubmissionStage): Operation<void> => setCustomStatus(stage);
