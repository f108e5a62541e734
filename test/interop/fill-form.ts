type FormContent = Record<string, string | number | boolean | string[]>;

/** What the user of every client enters into the forms of server-everything and of the rooms. */
export function fillForm(requestedSchema: unknown): FormContent {
  const fields = JSON.stringify(requestedSchema) ?? '';
  return fields.includes('"confirm"') ? { confirm: true } : { name: 'Ada', integer: 7 };
}
