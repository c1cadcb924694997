/**
 * `RECORD_HISTORIES=true npx jest` in a project writes the histories that its stories keep, anew.
 * Do that for a new story or a new version of a workflow only: a history that stands is proof that
 * instances which run today go on after a deployment. Format them with prettier afterwards.
 */
export const recordsHistories = (): boolean => process.env['RECORD_HISTORIES'] === 'true';
