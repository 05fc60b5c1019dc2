import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const START = join(ROOT, 'dist/local/start.mjs');
const SHOTS = join(tmpdir(), 'playground-screenshots');
const isBuilt = ['dist/main.mjs', 'dist/local/start.mjs', 'dist/local/host.mjs', 'dist/playground/page.js'].every((file) => existsSync(join(ROOT, file)));
if (!isBuilt) console.warn('dist/ is not built, so the page is not tested with the connector; run npm run build.');

let child: ChildProcess;
let browser: Browser;
let page: Page;

/** Only bounds: the CRM is asked for changes every 30 s, and a machine under load needs its time. */
const ARRIVES = { timeout: 75_000 };

describe.skipIf(!isBuilt)('the playground page in front of the real connector', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    await mkdir(SHOTS, { recursive: true });
    child = spawn(process.execPath, [START], { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() }, stdio: ['ignore', 'pipe', 'inherit'] });
    const said = firstSynchronization(child);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
    await page.goto(await said);
    await page.getByText(/^\d+ appointments?$/).first().waitFor();
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    if (child?.exitCode === null) {
      child.kill('SIGINT');
      await once(child, 'close');
    }
  }, 60_000);

  it('shows the connector in step and what it did', async () => {
    await expect.poll(() => page.getByRole('status').first().textContent(), ARRIVES).toBe('In step');
    await page.locator('#journal li').first().waitFor(ARRIVES);
  });

  it('lets a change of either side arrive on the other, and tells when it did', async () => {
    await create('the CRM', 'Made in the CRM');
    await create('Outlook', 'Made in Outlook');
    await expect.poll(() => arrivals(), ARRIVES).toContain('Made in Outlook arrived in the CRM');
    expect(await shown('crm', 'Made in Outlook').count()).toBe(1);
    await expect.poll(() => arrivals(), ARRIVES).toContain('Made in the CRM arrived in Outlook');
    expect(await shown('outlook', 'Made in the CRM').count()).toBe(1);
    await page.screenshot({ path: join(SHOTS, 'arrived.png') });

    await shown('outlook', 'Made in Outlook').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete' }).click();
    await shown('crm', 'Made in Outlook').waitFor({ state: 'detached', ...ARRIVES });
  });

  it('heals after an outage', async () => {
    await page.getByRole('button', { name: 'CRM is down' }).click();
    await create('Outlook', 'While the CRM is down');
    await expect.poll(() => page.getByRole('status').first().textContent(), ARRIVES).toBe('Waiting');
    await page.screenshot({ path: join(SHOTS, 'outage.png') });
    expect(await shown('crm', 'While the CRM is down').count()).toBe(0);
    await page.getByRole('button', { name: 'Heal everything' }).click();
    await shown('crm', 'While the CRM is down').waitFor(ARRIVES);
    await expect.poll(() => page.getByRole('status').first().textContent(), ARRIVES).toBe('In step');
  });
});

/** Answers the page's address as soon as both sides agree for the first time. */
function firstSynchronization(started: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((found, missed) => {
    started.stdout?.on('data', (chunk) => {
      text += String(chunk);
      const url = /Playground +(\S+)/.exec(text)?.[1];
      if (url !== undefined && text.includes('Ctrl-C ends everything')) found(url);
    });
    started.once('close', () => missed(new Error(`The start ended before it said where the page is:\n${text}`)));
  });
}

async function create(where: string, subject: string): Promise<void> {
  await page.getByRole('button', { name: `New appointment in ${where}` }).click();
  await page.getByLabel('Subject').fill(subject);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function arrivals(): Promise<string> {
  return (await page.locator('#arrived').allTextContents()).join(' ');
}

function shown(side: 'outlook' | 'crm', subject: string): Locator {
  const calendar = page.locator(`#${side}-calendar`);
  return calendar.getByRole('button').or(calendar.getByRole('link')).filter({ hasText: subject });
}
