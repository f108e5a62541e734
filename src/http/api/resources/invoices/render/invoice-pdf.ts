import { fileURLToPath } from 'node:url';
import pdfmake from 'pdfmake';
import type { Content, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js';
import type { Invoice, InvoiceParty } from '../../../../../billing/invoices/store.ts';
import { printInvoice, type PrintedInvoice } from './invoice-text.ts';

const GREY = '#57606a';
const LINE = '#d0d7de';

/** What the built-in fonts of PDF can show (Windows-1252). */
const BUILT_IN = /^[\n\r\u0020-\u007e\u00a0-\u00ff\u20ac\u2013\u2014\u2018-\u201e\u2022\u2026]*$/;

/** An invoice as a PDF whose text can be searched and copied. */
export async function invoicePdf(invoice: Invoice): Promise<Uint8Array<ArrayBuffer>> {
  const printed = printInvoice(invoice);
  const { seller, customer } = invoice.document;
  const text = plain(JSON.stringify([printed, seller, customer]));
  const font = BUILT_IN.test(text) ? 'Helvetica' : 'Roboto';
  const normal = fontFile('Roboto-Regular.ttf');
  const bold = fontFile('Roboto-Medium.ttf');
  pdfmake.setFonts({
    Helvetica: { normal: 'Helvetica', bold: 'Helvetica-Bold' },
    Roboto: { normal, bold },
  });
  pdfmake.setUrlAccessPolicy(() => false);
  const known = new Set(['Helvetica', 'Helvetica-Bold', normal, bold]);
  pdfmake.setLocalAccessPolicy((path) => known.has(path));
  const buffer = await pdfmake.createPdf(definition(invoice, printed, font)).getBuffer();
  return new Uint8Array(buffer);
}

/** A font that comes with the package; it has Latin, Greek and Cyrillic letters. */
function fontFile(name: string): string {
  return fileURLToPath(import.meta.resolve(`pdfmake/fonts/Roboto/${name}`));
}

function definition(invoice: Invoice, printed: PrintedInvoice, font: string): TDocumentDefinitions {
  const { heading, mark, facts, closing } = printed;
  const { seller, customer } = invoice.document;
  return {
    pageSize: 'A4',
    pageMargins: [56, 56, 56, 64],
    defaultStyle: { font, fontSize: 9.5, lineHeight: 1.2 },
    info: { title: plain(heading), author: seller.name },
    content: [
      {
        columns: [
          { text: plain(heading), fontSize: 20, bold: true },
          { stack: party(seller), alignment: 'right', color: GREY },
        ],
      },
      ...(mark === undefined ? [] : [markBox(mark)]),
      {
        margin: [0, 34, 0, 28],
        columns: [
          { stack: [{ text: 'Billed to', color: GREY, fontSize: 8 }, ...party(customer)] },
          { width: 'auto', table: factTable(facts), layout: 'noBorders' },
        ],
      },
      lineTable(printed),
      sumTable(printed),
      {
        margin: [0, 36, 0, 0],
        color: GREY,
        fontSize: 8.5,
        stack: closing.map((text) => ({ text: plain(text) })),
      },
    ],
    footer: (page, pages) => ({
      margin: [56, 20],
      color: GREY,
      fontSize: 8,
      columns: [{ text: plain(heading) }, { text: `Page ${page} of ${pages}`, alignment: 'right' }],
    }),
  };
}

function party({ name, address, taxId, email }: InvoiceParty): Content[] {
  const lines = [address, taxId, email].filter((text) => text !== '');
  return [
    { text: plain(name), bold: true, color: '#1b1f24' },
    ...lines.map((text) => ({ text: plain(text) })),
  ];
}

function markBox(mark: string): Content {
  const cell: TableCell = { text: plain(mark), color: '#7a3000', fillColor: '#fff1e5' };
  return {
    margin: [0, 16, 0, 0],
    table: { widths: ['*'], body: [[{ ...cell, margin: [6, 4, 6, 4] }]] },
    layout: 'noBorders',
  };
}

function factTable(facts: PrintedInvoice['facts']) {
  const body = facts.map(([name, value]): TableCell[] => [
    { text: name, color: GREY },
    { text: plain(value), alignment: 'right' },
  ]);
  return { body };
}

function lineTable({ rows }: PrintedInvoice): Content {
  const head = (text: string, alignment: 'left' | 'right'): TableCell => ({
    text,
    alignment,
    color: GREY,
  });
  const body = rows.map(({ title, note, quantity, amount }): TableCell[] => [
    {
      stack: [
        { text: plain(title) },
        ...(note === '' ? [] : [{ text: plain(note), color: GREY, fontSize: 8 }]),
      ],
    },
    { text: plain(quantity), alignment: 'right', noWrap: true },
    { text: plain(amount), alignment: 'right', noWrap: true },
  ]);
  return {
    table: {
      headerRows: 1,
      dontBreakRows: true,
      widths: ['*', 'auto', 'auto'],
      body: [
        [head('Description', 'left'), head('Quantity', 'right'), head('Amount', 'right')],
        ...body,
      ],
    },
    layout: {
      hLineWidth: (index) => (index === 0 ? 0 : index === 1 ? 1 : 0.5),
      hLineColor: (index) => (index === 1 ? '#1b1f24' : LINE),
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : 18),
      paddingRight: () => 0,
      paddingTop: () => 5,
      paddingBottom: () => 5,
    },
  };
}

function sumTable({ sums }: PrintedInvoice): Content {
  const body = sums.map(({ label, amount, isTotal }): TableCell[] => {
    const style = isTotal ? { bold: true, fontSize: 12, marginTop: 4 } : {};
    return [
      { text: plain(label), alignment: 'right', ...style },
      { text: plain(amount), alignment: 'right', noWrap: true, ...style },
    ];
  });
  return {
    margin: [0, 10, 0, 0],
    unbreakable: true,
    table: { widths: ['*', 'auto'], body },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: () => 0,
      paddingLeft: (column) => (column === 0 ? 0 : 18),
      paddingRight: () => 0,
      paddingTop: () => 2,
      paddingBottom: () => 2,
    },
  };
}

/** The fonts have no minus sign that is as wide as a digit. */
function plain(text: string): string {
  return text.replaceAll('\u2212', '-');
}
