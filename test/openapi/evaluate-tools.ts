import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import type { CompiledOperation } from '../../src/connectors/openapi/model/compiled-document.ts';
import { checkProfile } from '../../src/connectors/openapi/profiles/check-profile.ts';
import { fitSchema } from '../../src/connectors/openapi/profiles/fit-tool.ts';
import {
  profileNameLengthMax,
  profileNames,
} from '../../src/connectors/openapi/profiles/profile-names.ts';
import { toToolResult } from '../../src/connectors/openapi/answer/to-tool-result.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';

/** What was seen of the profiles over a corpus. */
export interface ProfileTotals {
  readonly profile: string;
  tools: number;
  readonly faults: string[];
}

/** What was seen of answers over a corpus. */
export interface OutputTotals {
  answers: number;
  structured: number;
  refusedByClient: number;
  failures: number;
  toldAsErrors: number;
}

/** Answers that break most documents' promises. */
const ODD: readonly Json[] = [
  null,
  [],
  {},
  'text',
  7,
  true,
  [null, { a: [] }],
  { id: {}, name: [1], data: null, items: 'none', created_at: 0, extra: { x: [[]] } },
];
const FAILURES = [400, 401, 403, 404, 409, 422, 429, 500, 502, 503];

/** Fits every tool of a document to every profile and checks it as the client would. */
export function evaluateProfiles(
  name: string,
  root: JsonObject,
  totals: readonly ProfileTotals[],
): void {
  for (const [at, profile] of profileNames.entries()) {
    const total = totals[at];
    const { operations } = compile(root, { toolNameLengthMax: profileNameLengthMax[profile] });
    for (const { tool } of operations) {
      const inputSchema = fitSchema(tool.inputSchema, profile);
      const faults = checkProfile({ name: tool.name, inputSchema }, profile);
      if (total !== undefined) total.tools += 1;
      if (faults.length > 0)
        total?.faults.push(`${profile} ${name} ${tool.name}: ${faults.join()}`);
    }
  }
}

/** Answers every operation with what its document does not promise, and with every failure. */
export function evaluateOutputs(root: JsonObject, totals: OutputTotals): void {
  const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });
  for (const operation of compile(root, { outputSchema: 'relaxed' }).operations) {
    const { outputSchema } = operation.tool;
    const validate = outputSchema === undefined ? undefined : ajv.compile(outputSchema);
    for (const value of ODD) countAnswer(operation, value, validate, totals);
    for (const status of FAILURES) {
      totals.failures += 1;
      if (answer(operation, status, {})['isError'] === true) totals.toldAsErrors += 1;
    }
  }
}

function countAnswer(
  operation: CompiledOperation,
  value: Json,
  validate: ValidateFunction | undefined,
  totals: OutputTotals,
): void {
  totals.answers += 1;
  const given = answer(operation, 200, value)['structuredContent'];
  if (JSON.stringify(given) === JSON.stringify(value)) totals.structured += 1;
  if (validate !== undefined && !validate(given)) totals.refusedByClient += 1;
}

const answer = (operation: CompiledOperation, status: number, value: Json): JsonObject =>
  toToolResult(operation, {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  });
