import { page, text, type Page } from './page.ts';

/** What the page for signing in shows. */
export interface LoginView {
  readonly clientName: string;
  readonly login: string;
  readonly problem?: string;
  readonly formTargets: readonly string[];
}

/** The page on which a person signs in. */
export function loginPage({ clientName, login, problem, formTargets }: LoginView): Page {
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
    `<button name="decision" value="deny" formnovalidate>Cancel</button></form>`;
  return page(problem === undefined ? 200 : 401, 'Sign in', body, formTargets);
}
