import type { SimClock } from './clock.ts';
import { refuseRequest, runRequest } from './commands.ts';
import type { Judge } from './commands.ts';
import type { CommandContext } from './command-context.ts';
import type { Fault, FaultBook, FaultEffect, GarbageForm, PersonsEdit } from './faults.ts';
import type { CrmLogin, Logins, Session } from './logins.ts';
import type { CrmQuirks } from './quirks.ts';
import { Refused } from './refused.ts';
import type { Traffic } from './traffic.ts';
import { childElements } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';
import { MalformedXml, readXml } from './xml-reader.ts';
import { writeXml } from './xml-writer.ts';

/** The connection died: what `fetch` rejects with where a socket is reset. */
export class ConnectionLost extends TypeError {
  override name = 'TypeError';

  constructor() {
    super('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
  }
}

export interface ExchangeOptions {
  clock: SimClock;
  /** How long a request runs, in milliseconds. */
  latencyMs: () => number;
  basicAuth: { user: string; password: string } | undefined;
  quirks: CrmQuirks;
  logins: Logins;
  faults: FaultBook;
  traffic: Traffic;
  /** `startedAt`: stamps are those of that instant instead of now's. */
  context: (session: Session, startedAt: number | undefined) => Omit<CommandContext, 'format'>;
  /** Told of every command just before it runs. */
  beforeCommand: (command: RunningCommand) => void;
  edit: (edit: PersonsEdit) => void;
}

/** A command that is about to run. */
export interface RunningCommand {
  name: string;
  /** Acting login. */
  user: string;
  /** As the request wrote them, without the login. */
  attributes: Record<string, string>;
  /** Which one of its name it is in its request, from 1. */
  which: number;
}

/** Of answers; what a request must have is a quirk. */
const CONTENT_TYPE = 'text/xml; charset=utf-8';
/** What a request is taken to run at most (design: crm.maxRun). */
const LONGEST_RUN_MS = 300_000;
const NOBODY = '(nobody)';

type Commit = 'start' | 'end' | 'none';

/** One HTTP exchange with the interface: refusals of the web server, logins, the one running request per user, faults. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #jobs = new Set<() => void>();
  /** Cuts the connection of a client that still waits. */
  readonly #waiting = new Set<(cause: unknown) => void>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Every running request is stopped, every connection dies; what has not committed never will. */
  restart(): void {
    for (const stop of [...this.#jobs]) stop();
    for (const cut of [...this.#waiting]) cut(new ConnectionLost());
  }

  /** Rejects where the connection dies or the client gives up; the request itself goes on then (dialect 1, 7). */
  async answer(request: Request): Promise<Response> {
    const { signal } = request;
    signal.throwIfAborted();
    return new Promise<Response>((resolve, reject) => {
      const abort = (): void => cut(signal.reason);
      const cut = (cause: unknown): void => {
        this.#waiting.delete(cut);
        signal.removeEventListener('abort', abort);
        reject(cause);
      };
      this.#waiting.add(cut);
      signal.addEventListener('abort', abort, { once: true });
      this.#exchange(request).then((response) => {
        this.#waiting.delete(cut);
        signal.removeEventListener('abort', abort);
        resolve(response);
      }, cut);
    });
  }

  async #exchange(request: Request): Promise<Response> {
    const refusal = this.#refuse(request);
    if (refusal !== undefined) return this.#count(refusal);
    const body = new Uint8Array(await request.arrayBuffer());
    let root: XmlElement;
    try {
      root = readXml(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch (cause) {
      const text = cause instanceof MalformedXml ? cause.message : 'The body is not UTF-8.';
      return this.#count(plain(400, text));
    }
    if (root.name !== 'request') return this.#count(plain(400, 'The root element is not request.'));
    return this.#answerRequest(root);
  }

  #count(response: Response): Response {
    this.#options.traffic.countRefused(response.status);
    return response;
  }

  #refuse(request: Request): Response | undefined {
    if (request.method !== 'POST') return plain(405, 'Only POST is answered here.', { allow: 'POST' });
    const { basicAuth } = this.#options;
    if (basicAuth !== undefined) {
      const expected = `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')}`;
      if (request.headers.get('authorization') !== expected) {
        return plain(401, 'This server asks for HTTP authentication.', { 'www-authenticate': 'Basic realm="crm"' });
      }
    }
    const { contentType } = this.#options.quirks;
    if (request.headers.get('content-type') !== contentType) return plain(415, `The content type is ${contentType}.`);
    return undefined;
  }

  async #answerRequest(root: XmlElement): Promise<Response> {
    const { faults, traffic, clock } = this.#options;
    const commands = childElements(root);
    const names = commands.map((command) => command.name);
    const sessions = this.#openSessions(root, commands);
    const user = sessions.values().next().value?.login.user;
    traffic.countRequest(user?.toLowerCase() ?? NOBODY, names);

    const fault = faults.strike(user, names);
    if (fault?.kind === 'errorBefore') {
      const headers: Record<string, string> = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      return plain(fault.status, 'The web server is in trouble.', headers);
    }
    if (fault?.kind === 'loginLock') {
      this.#options.logins.lock(fault.ms, fault.match?.user);
      return this.#loginFailed(root);
    }
    const nobody = commands.length > 0 && [...sessions.values()].every((session) => session === undefined);
    if (nobody && this.#options.quirks.loginFailure === 'http') return this.#loginFailed(root);
    if (fault?.kind === 'restart' && fault.commit !== true) {
      this.restart();
      throw new ConnectionLost();
    }
    const users = new Set([...sessions.values()].flatMap((session) => (session === undefined ? [] : [session.key])));
    if (traffic.isBusy(users, clock.now())) return this.#xml(refuseRequest(root, 509, 'User is already active'));

    const startedAt = fault?.kind === 'slow' && fault.stamp === 'start' ? clock.now() : undefined;
    const run = (): XmlElement => this.#run(root, sessions, fault, startedAt);
    const { ms, commit } = timing(fault, this.#options.latencyMs());
    const answer = await this.#work(users, ms, commit, run);
    return this.#disturb(answer, fault);
  }

  /** Occupies the users while the request runs: a client that went away changes nothing about that. */
  async #work(users: Set<string>, ms: number, commit: Commit, run: () => XmlElement): Promise<XmlElement | undefined> {
    const { traffic, clock } = this.#options;
    if (ms <= 0) return commit === 'none' ? undefined : run();
    return new Promise<XmlElement | undefined>((resolve, reject) => {
      traffic.occupy(users);
      let answer: XmlElement | undefined;
      const leave = (): void => {
        this.#jobs.delete(stop);
        traffic.release(users);
      };
      const attempt = (): boolean => {
        try {
          answer = run();
          return true;
        } catch (cause) {
          leave();
          reject(cause);
          return false;
        }
      };
      const cancel = clock.after(ms, () => {
        if (commit === 'end' && !attempt()) return;
        leave();
        resolve(answer);
      });
      const stop = (): void => {
        cancel();
        leave();
        reject(new ConnectionLost());
      };
      this.#jobs.add(stop);
      if (commit === 'start' && !attempt()) cancel();
    });
  }

  async #disturb(answer: XmlElement | undefined, fault: Fault | undefined): Promise<Response> {
    if (fault?.kind === 'lostAnswer') throw new ConnectionLost();
    if (fault?.kind === 'restart') {
      this.restart();
      throw new ConnectionLost();
    }
    if (fault?.kind === 'never' || answer === undefined) return new Promise<Response>(() => undefined);
    const { quirks } = this.#options;
    if (fault?.kind === 'garbage') return garbage(fault.form, renumbered(answer, quirks), quirks);
    return this.#xml(answer);
  }

  #loginFailed(root: XmlElement): Response {
    if (this.#options.quirks.loginFailure === 'http') return this.#count(plain(401, 'Login failed.'));
    return this.#xml(refuseRequest(root, 401, 'Login failed.'));
  }

  #xml(answer: XmlElement): Response {
    const { quirks } = this.#options;
    return xml(writeXml(renumbered(answer, quirks), quirks.lineEnds));
  }

  /** One session for each command, which may carry a login of its own (connector-se 3.3). */
  #openSessions(root: XmlElement, commands: XmlElement[]): Map<XmlElement, Session | undefined> {
    const used = new Map<string, CrmLogin>();
    const shared = this.#options.logins.open(root.attributes, used);
    const sessions = new Map<XmlElement, Session | undefined>();
    for (const command of commands) {
      const ownLogin = LOGIN.some((name) => name in command.attributes);
      sessions.set(
        command,
        ownLogin ? this.#options.logins.open({ ...root.attributes, ...command.attributes }, used) : shared,
      );
    }
    return sessions;
  }

  #run(
    root: XmlElement,
    sessions: Map<XmlElement, Session | undefined>,
    fault: Fault | undefined,
    startedAt: number | undefined,
  ): XmlElement {
    const { beforeCommand, context, edit, quirks } = this.#options;
    const seen = new Map<string, number>();
    let fitting = 0;
    const judge: Judge = (command) => {
      const session = sessions.get(command);
      if (session === undefined) return new Refused(401, 'Login failed.');
      const which = (seen.get(command.name) ?? 0) + 1;
      seen.set(command.name, which);
      beforeCommand({ name: command.name, user: session.login.user, attributes: withoutLogin(command.attributes), which });
      if (fault?.match?.command === undefined || fault.match.command === command.name) {
        fitting += 1;
        if (fault?.kind === 'edit' && fitting === (fault.which ?? 1)) edit(fault);
        if (fault?.kind === 'commandError' && (fault.which ?? fitting) === fitting) return new Refused(fault.code, commandErrorText(fault.code));
      }
      return context(session, startedAt);
    };
    return runRequest(root, judge, quirks.failedBreak);
  }
}

const LOGIN = ['user', 'pwd', 'domain', 'auth', 'impersonate'];

function withoutLogin(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !LOGIN.includes(name)));
}

/** The answer as a CRM with other codes shows it; breaks were judged on ours. */
function renumbered(answer: XmlElement, { codes }: CrmQuirks): XmlElement {
  const other = new Map(Object.entries(codes));
  if (other.size === 0) return answer;
  const walk = (node: XmlElement): void => {
    const code = node.name === 'return' && node.attributes.type === 'error' ? other.get(node.attributes.code ?? '') : undefined;
    if (code !== undefined) node.attributes.code = code;
    for (const child of childElements(node)) walk(child);
  };
  walk(answer);
  return answer;
}

function timing(fault: FaultEffect | undefined, latencyMs: number): { ms: number; commit: Commit } {
  if (fault?.kind === 'slow') return { ms: fault.ms, commit: fault.commit ?? 'end' };
  if (fault?.kind === 'never') return { ms: fault.ms ?? LONGEST_RUN_MS, commit: fault.commit ?? 'end' };
  return { ms: latencyMs, commit: 'end' };
}

function commandErrorText(code: number): string {
  if (code === 403) return 'The user has no right to do this.';
  if (code === 511) return 'The interface is in trouble.';
  return 'The command failed.';
}

function garbage(form: GarbageForm, answer: XmlElement, quirks: CrmQuirks): Response {
  const whole = writeXml(answer, quirks.lineEnds);
  switch (form) {
    case 'truncated':
      return xml(whole.slice(0, Math.floor(whole.length * 0.7)));
    case 'html':
      return new Response('<!DOCTYPE html><html><body>Please sign in</body></html>', {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      });
    case 'doctype':
      return xml(whole.replace('?>', '?><!DOCTYPE root [<!ENTITY a "a">]>'));
    case 'wrongCount':
      return xml(whole.replace(/(<return type="ok" count=")(\d+)"/, (_all, head: string, count: string) => `${head}${Number(count) + 1}"`));
    case 'empty':
      return xml('');
  }
}

function xml(body: string): Response {
  return new Response(body, { headers: { 'content-type': CONTENT_TYPE } });
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } });
}
