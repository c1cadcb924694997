/**
 * What spans, log lines and metrics call the things of this product. The names of everybody's things are those of
 * OpenTelemetry, https://opentelemetry.io/docs/specs/semconv/.
 */
export const ATTRIBUTES = {
  instanceId: 'countersign.instance.id',
  workflow: 'countersign.workflow',
  workflowVersion: 'countersign.workflow.version',
  /** Status of the instance after the step. */
  status: 'countersign.instance.status',
  run: 'countersign.run',
  /** Number of the command, as history shows it. */
  command: 'countersign.command',
  attempt: 'countersign.attempt',
  /** Types of the inputs that a step lists, and how many it is. */
  inputs: 'countersign.inputs',
  /** Names of what a step decided. */
  decided: 'countersign.decided',
  /** What an instance waited for. */
  event: 'countersign.event',
} as const;
