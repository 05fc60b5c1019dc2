import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from './browser.ts';
import { ASSETS, openWorld, type World } from './world.ts';

/** For whoever wants to look: the last run's pages. */
const SHOTS = join(tmpdir(), 'playground-screenshots');
const isBuilt = existsSync(join(ASSETS, 'page.js'));
if (!isBuilt) console.warn('The playground page is not built, so its browser tests are skipped; run npm run build.');

let world: World;
let browser: Browser;
let page: Page;
let complaints: string[];

describe.skipIf(!isBuilt)('the playground page in Chromium, without a connector', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await mkdir(SHOTS, { recursive: true });
    [world, browser] = await Promise.all([openWorld(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => open({ width: 1440, height: 900 }));
  afterEach(async () => {
    await page.close();
    // Nothing broke a rule of the content security policy, threw, or asked for what is not there.
    expect(complaints).toEqual([]);
  });

  it('shows both calendars of a person and says that there is no connector', async () => {
    await expect.poll(() => page.getByRole('status').first().textContent()).toBe('No connector');
    expect(await page.getByText('nothing is carried over').isVisible()).toBe(true);
    await page.screenshot({ path: join(SHOTS, 'light.png') });
  });

  it.each([
    ['Outlook', 'outlook'],
    ['the CRM', 'crm'],
  ] as const)('creates, edits and deletes an appointment in %s, by keyboard alone, and shows markup as text', async (name, side) => {
    const subject = `Visit <img src=x onerror=alert(1)> & "${side}"`;
    await page.getByRole('button', { name: `New appointment in ${name}` }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type(subject);
    await page.keyboard.press('Tab');
    await page.keyboard.type('Room Weser');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await shown(side, subject).waitFor();
    expect(stored(side)).toContainEqual([subject, 'Room Weser']);
    expect(await calendar(side === 'crm' ? 'outlook' : 'crm').getByText(subject).count()).toBe(0);

    await open(shown(side, subject));
    expect(await page.getByLabel('Place').inputValue()).toBe('Room Weser');
    await page.getByLabel('Place').fill('Room Elbe');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await calendar(side).getByText('Room Elbe').first().waitFor();
    expect(stored(side)).toContainEqual([subject, 'Room Elbe']);

    await open(shown(side, subject));
    await page.getByRole('button', { name: 'Delete' }).click();
    await shown(side, subject).waitFor({ state: 'detached' });
    expect(stored(side).map(([text]) => text)).not.toContain(subject);
  });

  it.each([
    ['Outlook', 'outlook'],
    ['the CRM', 'crm'],
  ] as const)('invites people in %s and takes one back, by keyboard alone', async (name, side) => {
    const [, colleague] = world.options.employees;
    const subject = `Meeting made in ${name}`;
    await page.getByRole('button', { name: `New appointment in ${name}` }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type(subject);
    await page.getByLabel('Add somebody by e-mail').focus();
    await page.keyboard.type('nobody at all');
    await page.keyboard.press('Enter');
    expect(await page.locator('#people-problem').textContent()).toBe('“nobody at all” is no e-mail address.');
    for (const address of [colleague!.mail, 'ilse.marten@quellfeld.example.com']) {
      await page.getByLabel('Add somebody by e-mail').fill(address);
      await page.keyboard.press('Enter');
    }
    await page.getByRole('button', { name: `Remove ${colleague!.name}` }).focus();
    await page.keyboard.press('Enter');
    // Whoever is still being typed is meant, too.
    await page.keyboard.type('kim@nowhere.example.com');
    await page.screenshot({ path: join(SHOTS, `people-${side}.png`) });
    await page.getByRole('button', { name: 'Save' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open(shown(side, subject));
    expect(await page.locator('#people-list .invited-name').allTextContents()).toEqual(['Ilse Martenilse.marten@quellfeld.example.com', 'kim@nowhere.example.com']);
    expect(await page.locator('#people-organizer').textContent()).toMatch(/^Organizer: this person/);
  });

  it.each(['outlook', 'crm'] as const)('makes an appointment private in %s, and shows that it is', async (side) => {
    const subject = `Private in ${side}`;
    await page.getByRole('button', { name: `New appointment in ${side === 'crm' ? 'the CRM' : 'Outlook'}` }).click();
    await page.getByLabel('Subject').fill(subject);
    await page.getByLabel('Private', { exact: true }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await shown(side, subject).waitFor();
    await expect.poll(() => calendar(side).locator('.appointment.private').filter({ hasText: subject }).count()).toBe(1);
    await open(shown(side, subject));
    expect(await page.getByLabel('Private', { exact: true }).isChecked()).toBe(true);
  });

  it('receives an invitation from outside, answers it, and learns that it was called off', async () => {
    await page.getByRole('button', { name: 'Receive an invitation from outside' }).click();
    await page.getByLabel('Subject').fill('Talk at the fair');
    expect(await page.getByLabel('Organizer’s e-mail').inputValue()).toBe('lena.vogt@outside.example.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open(shown('outlook', 'Talk at the fair'));
    expect(await page.locator('#editor-own-answer').textContent()).toBe('Your answer: no answer yet.');
    await page.screenshot({ path: join(SHOTS, 'invitation.png') });
    await page.getByRole('button', { name: 'Tentative', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open(shown('outlook', 'Talk at the fair'));
    expect(await page.locator('#editor-own-answer').textContent()).toBe('Your answer: tentative.');
    expect(await page.getByRole('button', { name: 'Tentative', exact: true }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Organizer calls it off' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await open(shown('outlook', 'Canceled: Talk at the fair'));
    expect(await page.locator('#editor-own-answer').textContent()).toBe('The organizer called it off.');
  });

  it('has nothing to answer where no connector tells what its guards hold', async () => {
    await expect.poll(() => page.locator('#deletions-note').textContent()).toBe('The connector does not tell.');
    expect(await page.getByRole('button', { name: 'Confirm the deletions' }).isVisible()).toBe(false);
  });

  it('keeps the keyboard on an appointment that is drawn anew', async () => {
    await create('Under the finger');
    await shown('outlook', 'Under the finger').focus();
    const [employee] = world.options.employees;
    const { row } = world.graph.simulator.events(employee!.id).find((event) => event.row['subject'] === 'Under the finger')!;
    await fetch(`${world.graph.server.url}/v1.0/users/${employee!.id}/events/${String(row['id'])}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer person:${employee!.id}`, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'Changed under the finger' }),
    });
    await shown('outlook', 'Changed under the finger').waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByLabel('Subject').inputValue()).toBe('Changed under the finger');
  });

  it('moves an appointment by dragging', async () => {
    const start = () => world.graph.simulator.events(world.options.employees[0]!.id).find(({ row }) => row['subject'] === 'To be dragged')!.row['start'] as { dateTime: string };
    await create('To be dragged');
    const before = start().dateTime;
    // New appointments begin at the next hour, so that late in the day they lie below what the page shows, and have room above them alone.
    const appointment = shown('outlook', 'To be dragged');
    await appointment.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const box = (await appointment.boundingBox())!;
    const down = Number(before.slice(11, 13)) < 12 ? 1 : -1;
    // Appointments of other tests may share its column.
    const x = box.x + box.width / 2;
    await page.mouse.move(x, box.y + 8);
    await page.mouse.down();
    for (const y of [20, 40, 60]) await page.mouse.move(x, box.y + 8 + down * y, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => Math.sign(Date.parse(start().dateTime) - Date.parse(before))).toBe(down);
  });

  it('says what is wrong with an appointment that ends before it starts, and keeps the dialog open', async () => {
    await page.getByRole('button', { name: 'New appointment in Outlook' }).click();
    await page.getByLabel('Subject').fill('Backwards');
    await page.getByLabel('End date').fill('2020-01-01');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.locator('#editor-problem').textContent()).toBe('The end is before the start: move one of them.');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('switches persons', async () => {
    await create('Of the first person');
    await page.getByLabel('Calendars of').selectOption({ index: 1 });
    await shown('outlook', 'Of the first person').waitFor({ state: 'detached' });
  });

  it('causes an outage by a button and heals it by another', async () => {
    await page.getByRole('button', { name: 'CRM is down' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'CRM is down' }).getAttribute('aria-pressed')).toBe('true');
    expect(world.crm.simulator.state().faults).toHaveLength(1);
    await page.getByRole('button', { name: 'Heal everything' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'CRM is down' }).getAttribute('aria-pressed')).toBe('false');
    expect(world.crm.simulator.state().faults).toHaveLength(0);
  });

  it('goes dark with the system, and light again by a button', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => page.locator('html').getAttribute('data-color-scheme')).toBe('dark');
    await page.screenshot({ path: join(SHOTS, 'dark.png') });
    await page.getByRole('button', { name: 'Switch to light colours' }).click();
    expect(await page.locator('html').getAttribute('data-color-scheme')).toBe('light');
  });

  it('shows one part at a time on a screen 380 pixels wide, and nothing sticks out', async () => {
    await page.close();
    await open({ width: 380, height: 780 });
    expect(await page.locator('#outlook-calendar').isVisible()).toBe(true);
    expect(await page.locator('#crm-calendar').isVisible()).toBe(false);
    await page.screenshot({ path: join(SHOTS, 'narrow.png') });
    for (const part of ['CRM', 'Activity', 'Outlook']) {
      await page.getByRole('button', { name: part, exact: true }).click();
      const widths = await page.locator('html').evaluate((root: { scrollWidth: number; clientWidth: number }) => [root.scrollWidth, root.clientWidth]);
      expect(widths[0]).toBe(widths[1]);
    }
    await page.getByRole('button', { name: 'New appointment in Outlook' }).click();
    await page.screenshot({ path: join(SHOTS, 'narrow-dialog.png') });
    expect(await page.getByRole('button', { name: 'Save' }).isEnabled()).toBe(true);
  });
});

async function open(viewport: { width: number; height: number } | Locator): Promise<void> {
  if (!('width' in viewport)) {
    await viewport.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    return;
  }
  complaints = [];
  page = await browser.newPage({ viewport, colorScheme: 'light' });
  page.on('console', (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(world.playground.url);
  await page.getByText(/^\d+ appointments?$/).first().waitFor({ state: 'attached' });
}

async function create(subject: string): Promise<void> {
  await page.getByRole('button', { name: 'New appointment in Outlook' }).click();
  await page.getByLabel('Subject').fill(subject);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await shown('outlook', subject).waitFor();
}

function calendar(side: 'outlook' | 'crm'): Locator {
  return page.locator(`#${side}-calendar`);
}

function shown(side: 'outlook' | 'crm', subject: string): Locator {
  return calendar(side).getByRole('button').or(calendar(side).getByRole('link')).filter({ hasText: subject }).first();
}

/** Subject and place of everything that lives in the first person's store on that side. */
function stored(side: 'outlook' | 'crm'): unknown[][] {
  const [employee] = world.options.employees;
  if (side === 'outlook') return world.graph.simulator.events(employee!.id).filter(({ place }) => place === 'calendar').map(({ row }) => [row['subject'], (row['location'] as { displayName: string }).displayName]);
  return world.crm.simulator.records('Contact').filter(({ deleted }) => !deleted).map(({ values }) => [values['Subject'], values['Location']]);
}
