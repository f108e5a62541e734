import { z } from '@hono/zod-openapi';
import type { EvaluationCase, Report } from '../../../../chat/evaluation/case.ts';
import { limits } from '../../../../kernel/limits.ts';
import { evaluationLimits } from '../../../../kernel/limits/chat/evaluation-limits.ts';
import { amountText, currencyCode } from '../billing/credit-json.ts';
import { agentValues } from '../chat/agent-fields.ts';
import { chatId } from '../chat/chat-schemas.ts';

const { evaluationExpectationsMax, evaluationPatternCharactersMax } = evaluationLimits;

/** The parameters of a case's path. */
export const caseParams = z.strictObject({ agent: chatId, case: chatId });
/** The parameters of a report's path. */
export const reportParams = z.strictObject({ agent: chatId, evaluation: chatId });

const pattern = z.string().min(1).max(evaluationPatternCharactersMax);
const patterns = z.array(pattern).max(evaluationExpectationsMax).default([]);

const expected = z
  .strictObject({
    calls: z
      .array(
        z.strictObject({
          tool: pattern.describe('A pattern such as `orders__get*`.'),
          arguments: z
            .record(z.string(), z.unknown())
            .nullable()
            .default(null)
            .describe('What is among its arguments.'),
        }),
      )
      .max(evaluationExpectationsMax)
      .default([])
      .describe('Each wants a call of its own.'),
    notCalled: patterns.describe('Patterns of tools that must not be called.'),
    contains: patterns.describe('Texts that the answer has, in whatever case.'),
    matches: patterns.describe('Regular expressions (RE2) that the answer matches.'),
    stepsMax: z.int().min(1).max(limits.chatStepsMax).nullable().default(null),
    costMax: z
      .strictObject({ amount: amountText, currency: currencyCode })
      .nullable()
      .default(null),
  })
  .openapi('AgentExpectations');

const nothing = {
  calls: [],
  notCalled: [],
  contains: [],
  matches: [],
  stepsMax: null,
  costMax: null,
};

/** A question that is typed, or one of a conversation. */
export const newCaseSchema = z
  .union([
    z.strictObject({
      question: z.string().min(1).max(limits.chatMessageCharactersMax),
      variables: agentValues.default({}),
      expected: expected.default(nothing),
    }),
    z.strictObject({
      conversation: chatId.describe('A conversation of yours.'),
      message: chatId.describe('The question; the calls that answered it are expected again.'),
    }),
  ])
  .openapi('NewAgentCase');

/** A case. */
export const caseSchema = z
  .strictObject({
    id: z.string(),
    question: z.string(),
    variables: agentValues,
    expected,
    createdAtMs: z.int(),
  })
  .openapi('AgentCase');

/** Which version is tried. */
export const evaluationRequest = z
  .strictObject({ number: z.int().min(1).optional().describe('The newest version when absent.') })
  .openapi('AgentEvaluationRequest');

const answer = z.strictObject({
  answer: z.string(),
  calls: z.array(z.strictObject({ tool: z.string(), arguments: z.unknown(), status: z.string() })),
  steps: z.int(),
  cost: z.array(z.strictObject({ amount: z.string(), currency: z.string() })),
  isUnpriced: z.boolean(),
  stopReason: z.string().nullable(),
  failures: z.array(z.string()).describe('What is not as expected; empty: it passed.'),
});

/** A report. */
export const reportSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(['running', 'finished', 'failed', 'interrupted']),
    versions: z.array(z.int()).describe('Side by side: the published one first.'),
    passed: z.array(z.int()).describe('How many cases each version passed so far.'),
    results: z.array(
      z.strictObject({
        caseId: z.string(),
        question: z.string(),
        answers: z.array(answer).describe('In the order of the versions.'),
      }),
    ),
    problem: z.string().nullable(),
    createdAtMs: z.int(),
  })
  .openapi('AgentEvaluation');

/** A case as it is shown. */
export function caseJson(one: EvaluationCase): z.output<typeof caseSchema> {
  const { values, ...shown } = one;
  return structuredClone({ ...shown, variables: values }) as z.output<typeof caseSchema>;
}

/** A report as it is shown. */
export function reportJson(report: Report): z.output<typeof reportSchema> {
  const { id, state, results, problem, createdAtMs } = report;
  const passed = report.versions.map(
    (_, at) => results.filter(({ answers }) => answers[at]?.failures.length === 0).length,
  );
  const versions = report.versions.map(({ number }) => number);
  const shown = { id, state, versions, passed, results, problem, createdAtMs };
  return structuredClone(shown) as z.output<typeof reportSchema>;
}
