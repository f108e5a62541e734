import { page, text, type Page } from './page.ts';

/** What the page for signing in shows. */
export interface LoginView {
  readonly clientName: string;
  readonly login: string;
  readonly problem?: string;
  /** What was typed to find a provider. */
  readonly email: string;
  /** Where a person can sign in instead. */
  readonly ways: readonly { readonly name: string; readonly url: string }[];
  readonly formTargets: readonly string[];
}

/** The page on which a person signs in. */
export function loginPage(view: LoginView): Page {
  const { clientName, login, problem, formTargets } = view;
  const body =
    `<p>${text(clientName)} asks for access to this gateway in your name. Sign in to decide.</p>` +
    (problem === undefined ? '' : `<p class="bad" role="alert">${text(problem)}</p>`) +
    `<form method="post">` +
    `<label>Login or e-mail<input name="login" value="${text(login)}" required maxlength="200" ` +
    `autocomplete="username" autofocus></label>` +
    `<label>Password<input name="password" type="password" required maxlength="1000" ` +
    `autocomplete="current-password"></label>` +
    `<label>One-time code, if you use one<input name="code" inputmode="numeric" maxlength="32" ` +
    `autocomplete="one-time-code"></label>` +
    `<button name="decision" value="sign-in">Sign in</button>` +
    `<button name="decision" value="deny" formnovalidate>Cancel</button></form>` +
    elsewhere(view);
  return page(problem === undefined ? 200 : 401, 'Sign in', body, formTargets);
}

/**
 * The ways are links: a browser would not let a form lead to a provider that its page does not
 * name (CSP form-action).
 */
function elsewhere({ ways, email }: LoginView): string {
  const links = ways.map(
    ({ name, url }) => `<p><a class="way" href="${text(url)}">Log in with ${text(name)}</a></p>`,
  );
  return (
    `<section>${links.join('')}<form method="post">` +
    `<label>Work e-mail, to log in with your organisation<input name="email" type="email" ` +
    `value="${text(email)}" required maxlength="254" autocomplete="email"></label>` +
    `<button name="decision" value="find-provider">Find it</button></form></section>`
  );
}
