import { page, text, type Page } from './page.ts';

/** What the page for consent shows. */
export interface ConsentView {
  readonly clientName: string;
  /** Who vouches for the name: the host of the client's document, or nobody. */
  readonly documentHost: string | undefined;
  readonly redirectHost: string;
  /** True when the answer goes to a program on the person's own computer. */
  readonly isLocal: boolean;
  readonly login: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
  readonly formTargets: readonly string[];
}

/** The page on which a person decides what a client may do in its name. */
export function consentPage(view: ConsentView): Page {
  const vouched =
    view.documentHost === undefined
      ? 'It registered itself: nobody vouches for its name.'
      : `Its name is vouched for by ${view.documentHost}.`;
  const local =
    'The answer goes to a program on this computer. Allow it only if you have just started it.';
  const scopes = view.scopes.map((scope) => `<dd>${text(scopeText(scope))}</dd>`);
  const body =
    `<p><strong>${text(view.clientName)}</strong> asks to act in the name of ` +
    `<strong>${text(view.login)}</strong>. ${text(vouched)}</p><dl>` +
    `<dt>Answer goes to</dt><dd>${text(view.redirectHost)}</dd>` +
    `<dt>Endpoint</dt><dd>${text(view.resource)}</dd>` +
    `<dt>May</dt>${scopes.join('')}</dl>` +
    (view.isLocal ? `<p class="note">${local}</p>` : '') +
    `<form method="post">${tenantField(view.tenants)}` +
    `<button name="decision" value="allow">Allow</button>` +
    `<button name="decision" value="deny">Deny</button></form>`;
  return page(200, 'Allow access?', body, view.formTargets);
}

function tenantField(tenants: ConsentView['tenants']): string {
  const [only, ...others] = tenants;
  if (only === undefined) return '';
  if (others.length === 0) {
    const hidden = `<input type="hidden" name="tenant" value="${text(only.id)}">`;
    return `<p>In the tenant ${text(only.name)}.</p>${hidden}`;
  }
  const options = tenants.map(
    ({ id, name }) => `<option value="${text(id)}">${text(name)}</option>`,
  );
  return `<label>Tenant<select name="tenant">${options.join('')}</select></label>`;
}

function scopeText(scope: string): string {
  if (scope === 'mcp') return 'use every service that you may use (mcp)';
  if (scope.startsWith('mcp:')) return `use the service ${scope.slice('mcp:'.length)} (${scope})`;
  return `the permission ${scope}`;
}
