import type { Browser } from 'playwright-core';
import { launchBrowser } from './support/browser';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let browser: Browser;
beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

it("shows the sandbox's page without an error", async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${stack.url}/sandbox`);
  expect(await page.getByRole('heading').count()).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});
