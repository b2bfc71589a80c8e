/**
 * The user and password that the URL of a server may hold. They are split off where the URL is read, so that it can be
 * shown and kept, and go on as a header.
 */
const accountPattern = /^([a-z]+:\/+)?([^/?#]*)@/i;

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** The URL, or `HOST:PORT`, as it may be shown. */
export function withoutAccount(server: string): string {
  return server.replace(accountPattern, '$1');
}

export function accountIn(server: string): Account | undefined {
  const pair = accountPattern.exec(server)?.[2];
  if (pair === undefined) return undefined;
  const [username = '', ...password] = pair.split(':');
  return { username: unescaped(username), password: unescaped(password.join(':')) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % means itself.
    return text;
  }
}
