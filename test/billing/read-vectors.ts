import * as z from 'zod';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Vector } from './vector.ts';

const scalar = z.union([z.string(), z.number()]);
const object = z.record(z.string(), z.unknown());
const schema = z.looseObject({
  id: z.string().min(1),
  kind: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  price: object.nullish(),
  quantity: z.union([scalar, z.array(scalar), z.record(z.string(), scalar)]).nullish(),
  events: z.array(object).nullish(),
  expected: object,
  notes: z.string().nullish(),
});

/**
 * Reads vectors, one JSON object a line. Throws SyntaxError that names the line and the field of
 * what is wrong, also for an id that comes twice and for a text without vectors.
 */
export function readVectors(text: string): readonly Vector[] {
  const lineOf = new Map<string, number>();
  const vectors = text.split('\n').flatMap((content, index): Vector[] => {
    if (content.trim() === '') return [];
    const line = index + 1;
    const vector = readVector(content, line);
    const first = lineOf.get(vector.id);
    if (first !== undefined) {
      throw new SyntaxError(`line ${line}: id: ${vector.id} was on line ${first} already`);
    }
    lineOf.set(vector.id, line);
    return [vector];
  });
  if (vectors.length === 0) throw new SyntaxError('There is no vector in the file');
  return vectors;
}

function readVector(content: string, line: number): Vector {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new SyntaxError(`line ${line}: not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  const read = schema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.map(String).join('.') ?? '';
    throw new SyntaxError(`line ${line}: ${field === '' ? 'the whole' : field}: ${issue?.message}`);
  }
  const { id, kind, currency, price, quantity, events, expected, notes } = read.data;
  return {
    id,
    kind,
    currency,
    price: (price ?? undefined) as JsonObject | undefined,
    quantity: quantity ?? undefined,
    events: (events ?? []) as readonly JsonObject[],
    expected: expected as JsonObject,
    notes: notes ?? '',
  };
}
