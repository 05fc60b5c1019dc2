import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_ZONE, EMPLOYEES } from '../../../local/demo/people.ts';
import { workingDayFrom } from '../../../local/demo/working-days.ts';
import { launchChromium } from './browser.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SHOTS = join(tmpdir(), 'playground-screenshots');
const isBuilt = ['dist/main.mjs', 'dist/local/start.mjs', 'dist/local/host.mjs', 'dist/playground/page.js'].every((file) => existsSync(join(ROOT, file)));
if (!isBuilt) console.warn('dist/ is not built, so the page is not tested with the connector; run npm run build.');

let place: string;
let child: ChildProcess;
let browser: Browser;
let page: Page;
let said: Said;
let ringing: ReturnType<typeof setInterval>;

/** Only a bound: a machine under load needs its time. */
const ARRIVES = { timeout: 150_000 };
/** Of the person whom the page shows first. */
const [{ id: MAILBOX } = { id: '' }] = EMPLOYEES;
/** The page looks at everything after half a second, too, not after one and a half. */
const IMPATIENT = 'const patient = window.setTimeout; window.setTimeout = (run, ms) => patient(run, Math.min(ms, 500));';
const MEETING = 'Planning of the rollout';

describe.skipIf(!isBuilt)('the playground page in front of the real connector', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    await mkdir(SHOTS, { recursive: true });
    place = await mkdtemp(join(tmpdir(), 'playground-test-'));
    await copyForTheImpatient(place);
    child = spawn(process.execPath, ['dist/local/start.mjs'], { cwd: place, env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() }, stdio: ['ignore', 'pipe', 'inherit'] });
    const saying = firstSynchronization(child);
    browser = await launchChromium();
    said = await saying;
    // What is due is rung for when it is, not at its timer's next quarter of a minute: an edit two seconds after the connector's own, a pause after a failure.
    ringing = setInterval(() => void fetch(`${said.host}/api/admin/jobs/due`, { method: 'POST', headers: { 'x-functions-key': said.key } }).catch(() => undefined), 1_000);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' });
    page.setDefaultTimeout(ARRIVES.timeout);
    await page.addInitScript(IMPATIENT);
    await page.goto(said.playground);
    await page.getByText(/^\d+ appointments?$/).first().waitFor();
  });
  afterAll(async () => {
    clearInterval(ringing);
    await browser?.close();
    if (child?.exitCode === null) {
      child.kill('SIGINT');
      await once(child, 'close');
    }
    await rm(place, { recursive: true, force: true });
  });

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

  it('shows the demo’s meeting on both sides: people, answers, and that somebody is missing in the CRM', async () => {
    await open('crm', MEETING);
    const people = await page.locator('#people-list li').allTextContents();
    expect(people.map((text) => text.replace(/×$/, ''))).toEqual(['Tom Kellertom.keller@example.comRequiredaccepted', 'Mira Lindnermira.lindner@example.comRequiredtentative', 'Ilse Martenilse.marten@quellfeld.example.comOptionalno answer yet']);
    expect(await page.locator('#editor-hint').textContent()).toBe('This is a meeting and marked because a participant could not be found.');
    expect(await page.locator('#editor-other-list').textContent()).toContain('Kim Osei (optional, no answer yet)');
    await page.screenshot({ path: join(SHOTS, 'meeting-crm.png') });
    await leave();
  });

  it('carries a colleague’s answer to the organizer’s record', async () => {
    await page.getByLabel('Calendars of').selectOption({ index: 1 });
    await open('outlook', MEETING);
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByLabel('Calendars of').selectOption({ index: 0 });
    await expect.poll(() => shown('crm', MEETING).getAttribute('title'), ARRIVES).toContain('Tom Keller (required, declined)');
  });

  it('publishes an invitation from outside, and masks what becomes private', async () => {
    await page.getByRole('button', { name: 'Receive an invitation from outside' }).click();
    await save('Talk at the fair');
    await create('Outlook', 'Talk with the lawyer');
    await calendar('crm').locator('.appointment.published').filter({ hasText: 'Talk at the fair' }).waitFor(ARRIVES);
    await shown('crm', 'Talk with the lawyer').waitFor(ARRIVES);
    await open('outlook', 'Talk with the lawyer');
    await page.getByLabel('Private', { exact: true }).check();
    await save('Talk with the lawyer');
    await expect.poll(() => calendar('crm').locator('.appointment.private').filter({ hasText: 'Private appointment' }).count(), ARRIVES).toBe(1);
    expect(await shown('crm', 'Talk with the lawyer').count()).toBe(0);
    await open('outlook', 'Talk with the lawyer');
    expect(await page.locator('#editor-other-list').textContent()).toMatch(/^“Private appointment”.*No place, no notes\.Nobody else\..*a mask: times and show-as/);
    await page.screenshot({ path: join(SHOTS, 'masked.png') });
    await leave();
  });

  it('lists what the mail guard holds, and sends it when it is released', async () => {
    for (const place of ['Room Elbe', 'Room Fulda']) {
      await open('crm', MEETING);
      await page.getByLabel('Place').fill(place);
      await save(MEETING);
      if (place === 'Room Elbe') await expect.poll(() => shown('outlook', MEETING).getAttribute('title'), ARRIVES).toContain('Room Elbe');
    }
    await expect.poll(() => page.locator('#mails-held').textContent(), ARRIVES).toBe(`${MEETING}Updating it in Outlook would mail 4 people.`);
    expect(await shown('outlook', MEETING).getAttribute('title')).toContain('Room Elbe');
    await page.screenshot({ path: join(SHOTS, 'mail-guard.png') });
    await page.getByRole('button', { name: 'Release the mails' }).press('Enter');
    await expect.poll(() => shown('outlook', MEETING).getAttribute('title'), ARRIVES).toContain('Room Fulda');
    await expect.poll(() => page.locator('#mails-note').textContent(), ARRIVES).toBe('No mail waits.');
    // The buttons are gone, and the keyboard is where they were.
    expect(await page.locator('#mails-note').evaluate((note: { ownerDocument: { activeElement: unknown } }) => note.ownerDocument.activeElement === note)).toBe(true);
  });

  it('lists what the deletion guard holds, and does as it is told: rejected ones stay, confirmed ones go', async () => {
    // Each time more than the demo's guard lets go, whatever was deleted today before.
    const cases = [{ verdict: 'Reject', left: 1 }, { verdict: 'Confirm', left: 0 }].map((one) => ({ ...one, subjects: [1, 2, 3, 4, 5].map((number) => `To ${one.verdict.toLowerCase()} ${number}`) }));
    const ids = new Map<string, string>();
    for (const subject of cases.flatMap(({ subjects }) => subjects)) ids.set(subject, String((await inOutlook('POST', 'events', { subject, start: at('08:00'), end: at('08:30') }))?.['id']));
    for (const subject of ids.keys()) await shown('crm', subject).waitFor(ARRIVES);
    for (const { verdict, left, subjects } of cases) {
      await Promise.all(subjects.map((subject) => inOutlook('DELETE', `events/${ids.get(subject)}`)));
      const [last = ''] = subjects.slice(-1);
      const held = `${last}It would be marked as deleted in the CRM: more in a day than this mailbox may lose unasked.`;
      await expect.poll(() => page.locator('#deletions-held').textContent(), ARRIVES).toContain(held);
      expect(await shown('crm', last).count()).toBe(1);
      await page.screenshot({ path: join(SHOTS, `deletion-guard-${verdict.toLowerCase()}.png`) });
      await page.getByRole('button', { name: `${verdict} the deletions` }).click();
      await expect.poll(() => page.locator('#deletions-note').textContent(), ARRIVES).toBe('No deletion waits.');
      await expect.poll(() => shown('crm', last).count(), ARRIVES).toBe(left);
    }
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

/** What `npm start` runs after its build, but with queues that are looked at twice a second: no test waits for the host's pauses of up to 2 s. */
async function copyForTheImpatient(folder: string): Promise<void> {
  await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const host = JSON.parse(await readFile(join(ROOT, 'host.json'), 'utf8')) as { extensions: { queues: Record<string, unknown> } };
  host.extensions.queues['maxPollingInterval'] = '00:00:00.500';
  await writeFile(join(folder, 'host.json'), JSON.stringify(host));
}

interface Said {
  readonly playground: string;
  readonly host: string;
  readonly key: string;
}

/** Answers what the start says of itself as soon as both sides agree for the first time. */
function firstSynchronization(started: ChildProcess): Promise<Said> {
  let text = '';
  const after = (title: string): string => new RegExp(`${title} +(\\S+)`).exec(text)?.[1] ?? '';
  return new Promise((found, missed) => {
    started.stdout?.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('Ctrl-C ends everything')) found({ playground: after('Playground'), host: after('Functions host'), key: after('Function key') });
    });
    started.once('close', () => missed(new Error(`The start ended before it said where the page is:\n${text}`)));
  });
}

/** Done by the person shown in another Outlook than the page's. */
async function inOutlook(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Record<string, unknown> | null> {
  const headers = { authorization: `Bearer person:${MAILBOX}`, 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' };
  const answer = await fetch(`${said.playground.replace(/\/$/, '')}/graph/v1.0/users/${MAILBOX}/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return answer.status === 204 ? null : ((await answer.json()) as Record<string, unknown>);
}

/** On a day that the page shows, on the house's clock. */
function at(time: string): { dateTime: string; timeZone: string } {
  const today = new Date().toLocaleDateString('en-CA', { timeZone: DEMO_ZONE });
  return { dateTime: `${workingDayFrom(today)}T${time}:00`, timeZone: DEMO_ZONE };
}

async function create(where: string, subject: string): Promise<void> {
  await page.getByRole('button', { name: `New appointment in ${where}` }).click();
  await save(subject);
}

async function open(side: 'outlook' | 'crm', subject: string): Promise<void> {
  await shown(side, subject).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
}

async function leave(): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function save(subject: string): Promise<void> {
  await page.getByLabel('Subject').fill(subject);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function arrivals(): Promise<string> {
  return (await page.locator('#arrived').allTextContents()).join(' ');
}

function shown(side: 'outlook' | 'crm', subject: string): Locator {
  return calendar(side).getByRole('button').or(calendar(side).getByRole('link')).filter({ hasText: subject });
}

function calendar(side: 'outlook' | 'crm'): Locator {
  return page.locator(`#${side}-calendar`);
}
