/** What a newcomer does, by clicks, in a real browser. Screenshots are left in .cache/screenshots. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './support/browser';
import { Office } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

const SCREENSHOTS = join(__dirname, '../../.cache/screenshots');
const PATIENCE_MS = 30_000;

let stack: TestStack;
let browser: Browser;
let page: Page;
const errors: string[] = [];
beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
});
afterEach(() => expect(errors.splice(0)).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

const screenshot = (name: string) =>
  page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });

/** Raises a task by the form; gives its card in each column. */
async function raise(description: string) {
  await page.goto(`${stack.url}/sandbox`);
  await page.getByTestId('raise-description').fill(description);
  await page.getByTestId('raise-submit').click();
  const message = page.getByTestId('slack-message').filter({ hasText: description });
  const task = page.getByTestId('task').filter({ hasText: description });
  await message.getByTestId('slack-approve').waitFor();
  return { message, task };
}

it('leads from a new task to the approved one on the sandbox page', async () => {
  await page.goto(`${stack.url}/sandbox`);
  await page.getByText('No messages yet').waitFor();
  await screenshot('1-empty');
  const { message, task } = await raise('DiPocket v2.4 goes to PROD');
  expect(await task.getByTestId('task-status').textContent()).toBe('PENDING');
  await screenshot('2-raised');

  await message.getByTestId('slack-approve').click();

  await message.getByText('Approved by').waitFor();
  expect(await message.textContent()).toContain('Approved by Anna Lindqvist');
  expect(await message.getByTestId('slack-approve').count()).toBe(0);
  await task.getByText('APPROVED', { exact: true }).waitFor();
  expect(await task.getByTestId('task-notes').textContent()).toContain('Anna Lindqvist');
  await screenshot('3-approved');
});

it('shows a rejection, by another person', async () => {
  const { message, task } = await raise('Billing 7 goes to PROD');
  await page.getByTestId('person').selectOption('U0BEN');
  await message.getByTestId('slack-reject').click();
  await message.getByText('Rejected by').waitFor();
  await task.getByText('REJECTED', { exact: true }).waitFor();
  expect(await message.textContent()).toContain('Rejected by Ben Carter');
});

it('leads to the approved task by the link in the message, without Slack', async () => {
  const description = 'Ledger 3.1 goes to PROD & stays <there>';
  const { message, task } = await raise(description);
  const [approval] = await Promise.all([
    page.context().waitForEvent('page'),
    message.getByText('Decide in the browser').click(),
  ]);
  approval.setDefaultTimeout(PATIENCE_MS);
  expect(await approval.getByTestId('description').textContent()).toBe(description);
  await approval.screenshot({ path: join(SCREENSHOTS, '4-approval-page.png'), fullPage: true });
  await approval.getByTestId('by').fill('Dora');
  await approval.getByTestId('reason').fill('Checked with the customer');
  await approval.getByTestId('approve').click();
  expect(await approval.getByTestId('outcome').textContent()).toContain('Approved by Dora');
  await approval.screenshot({ path: join(SCREENSHOTS, '5-approval-page-decided.png'), fullPage: true });
  await task.getByText('APPROVED', { exact: true }).waitFor();
  expect(await task.getByTestId('task-notes').textContent()).toContain('Checked with the customer');
  await message.getByText('Approved by').waitFor();

  await approval.goto(approval.url());
  expect(await approval.getByTestId('outcome').textContent()).toContain('Approved by Dora');
  expect(await approval.getByTestId('approve').count()).toBe(0);
  await approval.screenshot({ path: join(SCREENSHOTS, '6-approval-page-used.png'), fullPage: true });
  await approval.close();
});

it('follows what somebody decides in FlexDeploy itself', async () => {
  const { message, task } = await raise('Payroll 9 goes to PROD');
  expect(await message.textContent()).toContain('PROD');
  await task.getByTestId('task-reject').click();
  await task.getByText('REJECTED', { exact: true }).waitFor();
  await message.getByTestId('slack-approve').waitFor({ state: 'detached' });
});

it('leads an order to its end on the device', async () => {
  await page.goto(`${stack.url}/sandbox`);
  await page.getByTestId('order-device').fill('berts-phone');
  await page.getByTestId('order-submit').click();
  const device = page.getByTestId('device').filter({ hasText: 'berts-phone' });
  await device.getByTestId('push-accept').waitFor();
  await screenshot('9-order');
  await device.getByTestId('push-accept').click();
  await device.locator('[data-stage="finished"]').waitFor();
  expect(await device.getByTestId('push-accept').count()).toBe(0);
});

it('says that an approval expired, on its page', async () => {
  const office = new Office(stack.url);
  const { id, token } = await office.raised('expired', { ttlSeconds: 2 });
  await office.ended(id);
  // The browser logs an answer of 410 as an error: another page, whose console nobody reads.
  const late = await browser.newPage();
  await late.goto(`${stack.url}/approvals/${token}`);
  expect(await late.getByTestId('outcome').textContent()).toContain('Nobody decided in time');
  await late.screenshot({ path: join(SCREENSHOTS, '7-approval-page-expired.png'), fullPage: true });
});

it('fits a telephone', async () => {
  const telephone = await browser.newPage({ viewport: { width: 390, height: 800 } });
  await telephone.goto(`${stack.url}/sandbox`);
  await telephone.getByTestId('slack-message').first().waitFor();
  await telephone.screenshot({ path: join(SCREENSHOTS, '8-telephone.png'), fullPage: true });
  const wide = await telephone.evaluate('document.documentElement.scrollWidth > window.innerWidth');
  expect(wide).toBe(false);
});
