import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bicep } from './compiler.ts';

const CALL_MS = 120_000;

/** One process that answers many questions: the compiler takes seconds to load its types, and far less to use them. */
export interface CompilerProcess {
  call<T>(method: string, params: object): Promise<T>;
  end(): void;
}

export interface Diagnostic {
  readonly source: string;
  readonly level: string;
  readonly code: string;
  readonly message: string;
}

export function startCompiler({ path, env }: Bicep): CompilerProcess {
  const child = spawn(path, ['jsonrpc', '--stdio'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (failure: Error) => void }>();
  let received: Buffer = Buffer.alloc(0);
  let calls = 0;

  const failAll = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
  };
  const timers = new Set<NodeJS.Timeout>();

  child.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, head).toString())?.[1]);
      const start = head + 4;
      if (received.length < start + length) return;
      answer(JSON.parse(received.subarray(start, start + length).toString()) as { id: number; result?: never; error?: { message: string } });
      received = received.subarray(start + length);
    }
  });
  child.on('exit', (code) => failAll(`The Bicep compiler ended with ${code}.`));
  child.on('error', ({ message }) => failAll(`The Bicep compiler could not be started: ${message}`));

  function answer({ id, result, error }: { id: number; result?: never; error?: { message: string } }): void {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) caller?.resolve(result as never);
    else caller?.reject(new Error(error.message));
  }

  return {
    call: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        waiting.set(id, { resolve, reject });
        const timer = setTimeout(() => reject(new Error(`The Bicep compiler did not answer ${method} in time.`)), CALL_MS);
        timers.add(timer);
        const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: `bicep/${method}`, params }));
        child.stdin.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
      }),
    end: () => {
      for (const timer of timers) clearTimeout(timer);
      child.kill();
    },
  };
}

/** Rule and text of each complaint in the compiler's own report (SARIF). A warning of the type checker ends with code 0 as well: what counts is the report. */
export async function lint({ path, env }: Bicep, file: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(path, ['lint', file, '--diagnostics-format', 'sarif'], { env, timeout: CALL_MS, maxBuffer: 16 * 1024 * 1024 }).catch((failure: { stdout?: string; message: string }) => ({ stdout: failure.stdout === undefined || failure.stdout === '' ? JSON.stringify({ runs: [{ results: [{ ruleId: 'lint', message: { text: failure.message } }] }] }) : failure.stdout }));
  const report = JSON.parse(stdout) as { runs: { results: { ruleId: string; message: { text: string } }[] }[] };
  return report.runs.flatMap(({ results }) => results.map(({ ruleId, message }) => `${ruleId}: ${message.text}`));
}
