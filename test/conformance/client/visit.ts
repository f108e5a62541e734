/** Follows the way from a page of the gateway to an authorization server and back, as a browser. */
export async function visit(url: string): Promise<void> {
  const page = await fetch(url, { redirect: 'manual' });
  await expectStatus(page, 200, 'the page');
  const { origin } = new URL(url);
  const left = await fetch(url, { method: 'POST', redirect: 'manual', headers: { origin } });
  await expectStatus(left, 303, 'leaving the page');
  const cookie = (left.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
  const asked = await fetch(locationOf(left), { redirect: 'manual' });
  await expectStatus(asked, 302, 'the authorization server');
  const back = await fetch(locationOf(asked), { redirect: 'manual', headers: { cookie } });
  await expectStatus(back, 200, 'coming back');
}

function locationOf(response: Response): string {
  const location = response.headers.get('location');
  if (location === null) throw new Error('A redirect leads nowhere');
  return location;
}

async function expectStatus(response: Response, status: number, what: string): Promise<void> {
  const text = await response.text();
  if (response.status === status) return;
  throw new Error(`${what} answered ${response.status}: ${text.slice(0, 500)}`);
}
