const HOPS_MAX = 12;

/** A browser without a screen: it follows redirects, keeps cookies by origin, submits the form. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Opens an address and follows where it leads; the last answer, with its address and text. */
  async open(
    url: string,
    method: 'GET' | 'POST' = 'GET',
  ): Promise<{ readonly url: string; readonly status: number; readonly text: string }> {
    let at = url;
    let how = method;
    for (let hop = 0; hop < HOPS_MAX; hop++) {
      const { origin } = new URL(at);
      const jar = this.#cookies.get(origin) ?? new Map<string, string>();
      this.#cookies.set(origin, jar);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, {
        method: how,
        redirect: 'manual',
        headers: { ...(cookie !== '' && { cookie }), ...(how === 'POST' && { origin }) },
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url: at, status: response.status, text };
      at = new URL(location, at).href;
      how = 'GET';
    }
    throw new Error('The redirects do not end');
  }

  /** Connects an account at the address that the gateway gave; the page at the end. */
  async connect(url: string) {
    const page = await this.open(url);
    if (page.status !== 200) return page;
    return await this.open(url, 'POST');
  }
}
