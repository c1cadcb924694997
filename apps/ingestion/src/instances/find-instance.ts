import { type WorkflowContract, instanceIdProblem } from '@countersign/contracts';
import { type InstanceView, type WorkflowClient, workflowOf } from '@countersign/jetstream';
import { Problem } from '@countersign/service';

/**
 * The instance of this workflow that has the id, as the leader knows it.
 *
 * @param what it is to whoever asks for it: `file`
 * @throws Problem 404 there is none
 * @throws CodedError `StorageUnavailable`
 */
export async function findInstance(
  client: WorkflowClient,
  { name }: Pick<WorkflowContract<object, unknown>, 'name'>,
  id: string,
  what: string,
): Promise<InstanceView> {
  const view = instanceIdProblem(id) === undefined ? await client.read(id, Infinity) : undefined;
  if (view !== undefined && workflowOf(view) === name) return view;
  throw new Problem(404, `There is no such ${what}.`);
}
