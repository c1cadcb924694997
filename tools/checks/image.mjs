/**
 * What the image of production contains, made outside Docker by the Dockerfile's own lines: nothing of development, and
 * services that start from it as they do in a container: without a package beside them, with nothing that they may write.
 */
import { rmSync } from 'node:fs';
import { buildImage } from './deployment/image-build.mjs';
import { contentProblems } from './deployment/image-content.mjs';
import { startProblems } from './deployment/image-start.mjs';

const image = await buildImage();
try {
  const problems = [...contentProblems(image), ...(await startProblems(image))];
  for (const problem of problems) process.stdout.write(`BAD ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  rmSync(image, { recursive: true });
}
