import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Json } from '../../../kernel/json.ts';
import { decodeHeaderValue } from '../../wire/header-value.ts';
import { mirroredText, type HeaderPlan } from '../../wire/header-plan.ts';

/**
 * Checks the headers that mirror a tool's arguments (2026-07-28 streamable-http, "Server Behavior
 * for Custom Headers"): rung 8 of the validation ladder. Throws GatewayError `header_mismatch`.
 */
export function checkParamHeaders(
  plan: HeaderPlan,
  args: Json | undefined,
  headers: IncomingHttpHeaders,
): void {
  for (const mirrored of plan) {
    const wanted = mirroredText(mirrored, args);
    const sent = headers[mirrored.header];
    if (sent === undefined && wanted === undefined) continue;
    const found = typeof sent === 'string' ? decodeHeaderValue(sent) : undefined;
    if (found === wanted || isSameNumber(found, wanted)) continue;
    const problem =
      sent === undefined
        ? 'is missing'
        : found === undefined
          ? 'is not validly encoded'
          : 'does not match the body';
    const text = `Header mismatch: the header ${mirrored.header} ${problem}.`;
    throw new GatewayError('header_mismatch', text);
  }
}

/** 42 and 42.0 are the same integer. */
function isSameNumber(found: string | undefined, wanted: string | undefined): boolean {
  if (found === undefined || wanted === undefined) return false;
  const number = /^-?\d+(\.0*)?$/;
  return number.test(found) && number.test(wanted) && Number(found) === Number(wanted);
}
