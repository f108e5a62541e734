import type { PlanTerms } from '../../src/billing/store.ts';
import type { RunningSubject } from '../subject.ts';
import { billedTerms } from './billed-terms.ts';

/**
 * Puts the caller's tenant on a plan of a thousand rules over the API: two are about the tool
 * `echo` of the service, by the call and by the byte.
 */
export async function subscribeToRules(
  { url, headers }: Pick<RunningSubject, 'url' | 'headers'>,
  slug: string,
): Promise<void> {
  const send = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(new URL(`/api/v1/${path}`, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  };
  const { tenant } = (await send('me')) as { readonly tenant: { readonly id: string } };
  const plan = await send('billing/plans', { name: 'A thousand rules' });
  const versions = `billing/plans/${String(plan['id'])}/versions`;
  const { id } = await send(versions, { terms: termsAbout(`${slug}__echo`) });
  await send(`${versions}/${String(id)}/publish`, {});
  await send('billing/subscriptions', { tenant: tenant.id, planVersion: id, timeZone: 'UTC' });
}

function termsAbout(tool: string): PlanTerms {
  const terms = billedTerms('unit', 1_000);
  const rules = terms.rules.map((rule) => {
    return rule.match.tools?.[0] === 'svc_1__tool-1' ? { ...rule, match: { tools: [tool] } } : rule;
  });
  return { ...terms, rules };
}
