/** Resolves when the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 8000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It has not come to that in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
