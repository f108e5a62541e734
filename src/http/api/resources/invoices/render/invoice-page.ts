import { createHash } from 'node:crypto';
import type { Invoice, InvoiceParty } from '../../../../../billing/invoices/store.ts';
import { printInvoice, type PrintedRow, type PrintedSum } from './invoice-text.ts';

const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, "Helvetica Neue", Arial, sans-serif; }
body { margin: 0; background: #eef0f2; color: #1b1f24; }
main { box-sizing: border-box; max-width: 52rem; margin: 2rem auto; padding: 3.5rem 4rem;
  background: #fff; box-shadow: 0 1px 4px rgb(0 0 0 / 15%); }
header { display: flex; justify-content: space-between; gap: 2rem; }
h1 { margin: 0; font-size: 1.7rem; font-weight: 600; }
address { font-style: normal; white-space: pre-line; }
.seller { text-align: right; color: #57606a; }
.seller strong { color: #1b1f24; }
.mark { margin: 1rem 0 0; padding: .5rem .8rem; border-left: 4px solid #bc4c00;
  background: #fff1e5; color: #7a3000; }
.head { display: flex; justify-content: space-between; gap: 2rem; margin: 2.5rem 0; }
.label { color: #57606a; font-size: .8rem; margin: 0 0 .2rem; }
dl { display: grid; grid-template-columns: auto auto; gap: .1rem 1.5rem; margin: 0;
  align-content: start; }
dt { color: #57606a; } dd { margin: 0; text-align: right; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; color: #57606a; border-bottom: 1.5px solid #1b1f24; }
th, td { padding: .45rem 0; vertical-align: top; }
td { border-bottom: 1px solid #e3e6e9; }
td + td, th + th { padding-left: 1.5rem; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
td small { display: block; color: #57606a; }
tfoot td { border: 0; padding: .25rem 0; text-align: right; }
tfoot tr:first-child td { padding-top: .9rem; }
tfoot td + td { padding-left: 1.5rem; }
tfoot .total td { font-size: 1.15rem; font-weight: 600; padding-top: .6rem; }
footer { margin-top: 3rem; color: #57606a; font-size: .85rem; } footer p { margin: 0; }
@media print { body { background: #fff; } main { margin: 0; padding: 0; box-shadow: none; } }
`;

/** Nothing is loaded and nothing runs; the one style is known by its hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** An invoice as a page that loads nothing. */
export function invoicePage(invoice: Invoice): Response {
  const { heading, mark, facts, rows, sums, closing } = printInvoice(invoice);
  const { seller, customer } = invoice.document;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(heading)}</h1>
${party(seller, 'seller')}
</header>
${mark === undefined ? '' : `<p class="mark">${escapeHtml(mark)}</p>`}
<section class="head">
<div><p class="label">Billed to</p>${party(customer, 'customer')}</div>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}</dl>
</section>
<table>
<thead><tr><th>Description</th><th>Quantity</th><th>Amount</th></tr></thead>
<tbody>
${rows.map(tableRow).join('\n')}
</tbody>
<tfoot>
${sums.map(sumRow).join('\n')}
</tfoot>
</table>
<footer>${closing.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}</footer>
</main>
</body>
</html>
`;
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY };
  return new Response(html, { headers });
}

function tableRow({ title, note, quantity, amount }: PrintedRow): string {
  const small = note === '' ? '' : `<small>${escapeHtml(note)}</small>`;
  const name = `<td>${escapeHtml(title)}${small}</td>`;
  return `<tr>${name}<td>${escapeHtml(quantity)}</td><td>${escapeHtml(amount)}</td></tr>`;
}

function sumRow({ label, amount, isTotal }: PrintedSum): string {
  const cells = `<td colspan="2">${escapeHtml(label)}</td><td>${escapeHtml(amount)}</td>`;
  return `<tr${isTotal ? ' class="total"' : ''}>${cells}</tr>`;
}

function party({ name, address, taxId, email }: InvoiceParty, role: string): string {
  const lines = [address, taxId, email].filter((text) => text !== '').map(escapeHtml);
  const who = `<strong>${escapeHtml(name)}</strong>`;
  return `<address class="${role}">${[who, ...lines].join('\n')}</address>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
