import type { Store } from './store.ts';

export interface CrmLogin {
  user: string;
  /** '' = a login without a password. */
  password: string;
  /** The one whose credentials may impersonate others. */
  master?: boolean;
  /** SeqNo of the login's rep. */
  rep?: number;
  /** Windows domain of single sign-on; `domain` + `user` then log in without a password. */
  domain?: string;
}

export interface Session {
  login: CrmLogin;
  /** Concurrency counts by this: the acting login, not the one whose password was sent. */
  key: string;
}

export interface LoginsOptions {
  logins: CrmLogin[];
  store: Store;
  now: () => number;
  random: () => number;
  forceLoginEncryption: boolean;
}

/** How long a token of the token helper works: "single-use; very short life" (connector-se 3.3). */
const TOKEN_LIFE_MS = 60_000;

export class Logins {
  readonly #options: LoginsOptions;
  readonly #tokens = new Map<string, { login: CrmLogin; until: number }>();
  readonly #locks: { user: string | undefined; until: number }[] = [];

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  add(login: CrmLogin): void {
    this.#options.logins.push(login);
  }

  /** By login name; case does not count. */
  find(user: string): CrmLogin | undefined {
    return this.#options.logins.find((login) => login.user.toLowerCase() === user.toLowerCase());
  }

  ofRep(rep: number): CrmLogin | undefined {
    return this.#options.logins.find((login) => login.rep === rep);
  }

  /** A one-time token, as the helper on the CRM's side would make it. */
  issueToken(user: string): string | undefined {
    const login = this.find(user);
    if (login === undefined) return undefined;
    const { random, now } = this.#options;
    const token = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0')).join('');
    this.#tokens.set(token, { login, until: now() + TOKEN_LIFE_MS });
    return token;
  }

  /** Refuses every login, or one user's, for a while, as a system lock does (connector-se 3.10). */
  lock(ms: number, user?: string): void {
    this.#locks.push({ user: user?.toLowerCase(), until: this.#options.now() + ms });
  }

  unlock(): void {
    this.#locks.length = 0;
  }

  /** Undefined: login failed. `used` holds the tokens that this request has shown already, so that its commands may share one. */
  open(attributes: Record<string, string>, used: Map<string, CrmLogin>): Session | undefined {
    const own = this.#authenticate(attributes, used);
    if (own === undefined || this.#locked(own)) return undefined;
    const { impersonate } = attributes;
    if (impersonate === undefined || impersonate === '') return session(own);
    if (own.master !== true) return undefined;
    const other = this.#impersonated(impersonate);
    return other === undefined || this.#locked(other) ? undefined : session(other);
  }

  #authenticate(attributes: Record<string, string>, used: Map<string, CrmLogin>): CrmLogin | undefined {
    const { auth, user, pwd, domain } = attributes;
    if (auth !== undefined) {
      const seen = used.get(auth);
      if (seen !== undefined) return seen;
      const token = this.#tokens.get(auth);
      this.#tokens.delete(auth);
      if (token === undefined || token.until < this.#options.now()) return undefined;
      used.set(auth, token.login);
      return token.login;
    }
    const login = user === undefined ? undefined : this.find(user);
    if (login === undefined || this.#options.forceLoginEncryption) return undefined;
    if (domain !== undefined) return login.domain?.toLowerCase() === domain.toLowerCase() ? login : undefined;
    return login.password === (pwd ?? '') ? login : undefined;
  }

  /** `name=value;…`, tried in order; the first that resolves to a login is used. */
  #impersonated(impersonate: string): CrmLogin | undefined {
    for (const pair of impersonate.split(';')) {
      const equals = pair.indexOf('=');
      const found = this.#byName(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
      if (equals > 0 && found !== undefined) return found;
    }
    return undefined;
  }

  #byName(name: string, value: string): CrmLogin | undefined {
    if (value === '') return undefined;
    if (name === 'user') return this.find(value);
    if (name !== 'rep' && name !== 'email') return undefined;
    const reps = this.#options.store.equal('RepUser', name === 'rep' ? 'Name' : 'Email1', value) ?? [];
    for (const rep of reps) {
      const login = rep.deleted ? undefined : this.ofRep(rep.seqNo);
      if (login !== undefined) return login;
    }
    return undefined;
  }

  #locked(login: CrmLogin): boolean {
    const now = this.#options.now();
    return this.#locks.some(({ user, until }) => until > now && (user === undefined || user === login.user.toLowerCase()));
  }
}

function session(login: CrmLogin): Session {
  return { login, key: login.user.toLowerCase() };
}
