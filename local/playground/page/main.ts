import { element } from './elements.ts';
import { sender } from './http.ts';
import { startPlayground, type PageSettings } from './playground.ts';
import { followTheme } from './theme.ts';

followTheme(element('theme', HTMLButtonElement), document.documentElement, window);

const send = sender((input, init) => window.fetch(input, init));
send('/settings.json', { who: 'The playground' })
  .then((settings) => startPlayground(settings as PageSettings, { send, now: () => Date.now(), after: (ms, run) => void window.setTimeout(run, ms) }))
  .catch((trouble: unknown) => {
    const notice = element('notice', HTMLElement);
    notice.textContent = trouble instanceof Error ? trouble.message : 'The page could not start.';
    notice.hidden = false;
  });
