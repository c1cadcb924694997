/** The page of the API document, in a real browser under its own strict content security policy. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './support/browser';
import { startTestStack, type TestStack } from './support/test-stack';

const SCREENSHOTS = join(__dirname, '../../.cache/screenshots');
const PATIENCE_MS = 30_000;

let stack: TestStack;
let browser: Browser;
let page: Page;
const complaints: string[] = [];
const elsewhere: string[] = [];
beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => complaints.push(error.message));
  // Chromium reports what a content security policy stops as an error on the console.
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(stack.url) && !request.url().startsWith('data:'))
      elsewhere.push(request.url());
  });
});
afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
  expect(elsewhere.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

it('shows every chapter, and nothing that its policy stops or that comes from elsewhere', async () => {
  await page.goto(`${stack.url}/api/docs`);
  for (const chapter of ['Start', 'Approvals', 'Status', 'Management'])
    await page.getByRole('heading', { name: chapter }).first().waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, '9-api-docs.png'), fullPage: true });
});

it('tries a start with the example that it gives, and shows where the instance can be followed', async () => {
  await page.goto(`${stack.url}/api/docs`);
  const route = page
    .locator('.opblock')
    .filter({ has: page.locator('[data-path="/api/orchestrators/{workflow}"]') });
  await route.locator('.opblock-summary').click();
  await route.getByRole('button', { name: 'Try it out' }).click();
  await route.getByRole('button', { name: 'Execute' }).click();
  const answer = route.locator('.live-responses-table .response');
  await answer.getByText('202', { exact: true }).waitFor();
  expect(await answer.textContent()).toContain(`${stack.url}/api/status/`);
  await page.screenshot({ path: join(SCREENSHOTS, '10-api-docs-tried.png'), fullPage: true });
});
