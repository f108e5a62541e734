import { page, text, type Page } from './page.ts';

/** The page for a person whose flow cannot go on. */
export function problemPage(status: number, detail: string): Page {
  const body =
    `<p class="bad" role="alert">${text(detail)}</p>` +
    `<p>Close this page and begin anew in the program you came from.</p>`;
  return page(status, 'This did not work', body);
}
