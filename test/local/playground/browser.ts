import sparticuz from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

/** Chromium from npm alone: nothing is downloaded, nothing of the machine's is used. Throws where the machine cannot run it. */
export async function launchChromium(): Promise<Browser> {
  // Its own flags are for a serverless platform (one process, no sandbox); a page under test needs only these.
  return chromium.launch({ executablePath: await sparticuz.executablePath(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}
