import { randomUUID } from 'node:crypto';

/** A person who can sign in to a gateway in a test. */
export interface SignInPerson {
  readonly login: string;
  readonly password: string;
}

/** Invites a person with a role and accepts for it. */
export async function addPerson(url: string, apiKey: string, role: string): Promise<SignInPerson> {
  const login = `person-${randomUUID().slice(0, 8)}`;
  const password = `a long password ${randomUUID()}`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const send = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const { token } = await send('/api/v1/invitations', { roles: [role] });
  await send('/auth/invitations/accept', { token, login, name: login, password });
  return { login, password };
}
