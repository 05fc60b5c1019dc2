type Scheme = 'light' | 'dark';

/** Follows the system until somebody chooses; the choice lasts as long as the browser keeps it. */
export function followTheme(button: HTMLButtonElement, root: HTMLElement, window: Window): void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const stored = (): Scheme | null => {
    const value = window.localStorage.getItem('scheme');
    return value === 'light' || value === 'dark' ? value : null;
  };
  const show = (): void => {
    const scheme = stored() ?? (system.matches ? 'dark' : 'light');
    root.dataset['colorScheme'] = scheme;
    const other = scheme === 'dark' ? 'light' : 'dark';
    button.setAttribute('aria-label', `Switch to ${other} colours`);
    button.title = `Switch to ${other} colours`;
  };
  button.addEventListener('click', () => {
    window.localStorage.setItem('scheme', root.dataset['colorScheme'] === 'dark' ? 'light' : 'dark');
    show();
  });
  system.addEventListener('change', show);
  show();
}
