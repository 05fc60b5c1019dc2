/** Asks again until `check` answers something true; for what another process or a socket has still to do. */
export async function eventually<T>(check: () => T | Promise<T>, what: string, attempts = 2000): Promise<NonNullable<T>> {
  for (let i = 0; i < attempts; i += 1) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`It never happened: ${what}`);
}
