import { z } from '@hono/zod-openapi';
import { limits } from '../../../kernel/limits.ts';
import type { FieldError } from './problem.ts';

type Issue = z.core.$ZodIssue;

const NAME_CHARACTERS_SHOWN = 80;

/** What a schema refused, by field; values are never repeated, they may be secret. */
export function fieldErrors(error: z.ZodError, schema: z.ZodType, root = ''): FieldError[] {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return error.issues
    .flatMap((issue) => describe(issue, known, root))
    .slice(0, limits.apiFieldErrorsMax);
}

function describe(issue: Issue, known: readonly string[], root: string): FieldError[] {
  const field = fieldName(issue.path, root);
  if (issue.code !== 'unrecognized_keys') return [{ field, ...sayWhy(issue) }];
  const fix =
    issue.path.length === 0 && known.length > 0
      ? `Remove it; what is known here: ${known.join(', ')}.`
      : 'Remove it.';
  return issue.keys.map((key) => ({
    field: fieldName([...issue.path, key], root),
    problem: 'is not a known field',
    fix: issue.path.length === 0 && known.length === 0 ? 'Remove it; nothing is known here.' : fix,
  }));
}

function sayWhy(issue: Issue): { problem: string; fix: string } {
  switch (issue.code) {
    case 'invalid_type': {
      const missing = issue.message.endsWith('received undefined');
      return { problem: missing ? 'is missing' : 'has the wrong type', fix: expected(issue) };
    }
    case 'too_big': {
      const unit = unitOf(issue.origin);
      return { problem: `is too ${unit.big}`, fix: `At most ${issue.maximum}${unit.name}.` };
    }
    case 'too_small': {
      const unit = unitOf(issue.origin);
      return { problem: `is too ${unit.small}`, fix: `At least ${issue.minimum}${unit.name}.` };
    }
    case 'invalid_value':
      return { problem: 'is not one of the choices', fix: `One of ${issue.values.join(', ')}.` };
    case 'invalid_key':
      return { problem: 'has a name that is not allowed', fix: issue.issues[0]?.message ?? '' };
    default:
      return { problem: 'is not valid', fix: sentence(issue.message) };
  }
}

function expected(issue: z.core.$ZodIssueInvalidType): string {
  if (issue.expected === 'record' || issue.expected === 'object') return 'Give an object.';
  return `Give ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}.`;
}

function unitOf(origin: string): { big: string; small: string; name: string } {
  if (origin === 'string') return { big: 'long', small: 'short', name: ' characters' };
  if (origin === 'array') return { big: 'long', small: 'short', name: ' items' };
  return { big: 'large', small: 'small', name: '' };
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

function fieldName(path: readonly PropertyKey[], root: string): string {
  let name = root;
  for (const step of path) {
    const text = String(step).slice(0, NAME_CHARACTERS_SHOWN);
    if (typeof step === 'number') name += `[${text}]`;
    else name += name === '' ? text : `.${text}`;
  }
  return name;
}
