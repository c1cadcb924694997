import type { Task } from './tasks';

/** FlexDeploy's ids are whole numbers; the sandbox also takes others, so that any test can use its own. */
export const idJson = (taskId: string) => (/^[1-9]\d{0,14}$/.test(taskId) ? Number(taskId) : taskId);

/** A task as FlexDeploy's REST API shows it. */
export function taskJson(task: Task) {
  return {
    taskId: idJson(task.taskId),
    status: task.status,
    environmentId: 1,
    environmentName: task.environmentName ?? 'PROD',
    requestType: 'Release',
    requestorPath: task.description,
    ...(task.projectName !== undefined && { projectName: task.projectName }),
    externalId: task.taskId,
    notes: task.notes ?? null,
    createdOn: task.createdAt,
    links: [],
  };
}
