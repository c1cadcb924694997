import type { Step } from '@countersign/workflow';

/** A step as a coordinator would write it. */
export const aStep = (more: Partial<Step>): Step => ({
  format: 1,
  run: 1,
  workflow: 'NotifyOnTask',
  version: 1,
  status: 'Running',
  inputs: [],
  commands: [],
  canceled: [],
  waits: [],
  createdAt: 0,
  updatedAt: 0,
  ...more,
});
