/** What the page asks the user to agree to. */
export interface ConnectQuestion {
  readonly user: string;
  readonly service: string;
}

/** Policies of these pages: they load nothing, and their form leads on to the other server. */
const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https: http:",
  // Without it a browser would not say that the form is our own.
  'Referrer-Policy': 'same-origin',
};

/** Asks whether it is really this user who wants to connect this service. */
export function questionPage({ user, service }: ConnectQuestion): Response {
  const [who, what] = [escapeHtml(user), escapeHtml(service)];
  return page(
    200,
    `Connect ${what}`,
    `<p>You are about to connect an account of yours at <strong>${what}</strong> for the gateway's
user <strong>${who}</strong>.</p>
<p>Go on only if you are <strong>${who}</strong> and asked for this yourself: whoever that user is
can then act at ${what} with your account.</p>
<form method="post"><button type="submit">Connect my account</button></form>`,
  );
}

/** Tells the user how it ended. */
export function donePage({ user, service }: ConnectQuestion): Response {
  const text = `Your account at ${escapeHtml(service)} is connected for ${escapeHtml(user)}.`;
  return page(200, 'Connected', `<p>${text}</p>\n<p>You can close this window.</p>`);
}

/** Tells the user why it did not work. */
export function failedPage(status: number, text: string, title = 'Not connected'): Response {
  return page(status, title, `<p>${escapeHtml(text)}</p>`);
}

function page(status: number, title: string, body: string): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
  return new Response(html, { status, headers });
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
