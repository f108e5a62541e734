import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { EvaluationCase, Report } from '../../../src/chat/evaluation/store.ts';
import { evaluationLimits } from '../../../src/kernel/limits/chat/evaluation-limits.ts';
import { agentOf } from './agent-contract.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const LIFE_MS = 60_000;

const caseOf = (id: string): EvaluationCase => ({
  id,
  question: `Question of ${id}`,
  values: { city: 'Bern' },
  expected: {
    calls: [{ tool: 'a__b', arguments: { n: 1 } }],
    notCalled: [],
    contains: ['x'],
    matches: [],
    stepsMax: 3,
    costMax: { amount: '0.5', currency: 'EUR' },
  },
  createdAtMs: 5,
});

const reportOf = (id: string, createdAtMs = 5): Report => ({
  id,
  agentId: 'agt_1',
  state: 'running',
  versions: [{ number: 1, digest: 'd' }],
  results: [],
  problem: null,
  createdAtMs,
});

/** What keeps cases and reports must do on every engine. */
export function evaluationContract(open: OpenEmpty): void {
  test('cases are kept as they are, so many, and go with their agent', async (t) => {
    const { agents, evaluations } = await openWithTenants(open, t);
    assert.equal(await evaluations.insertCase(A, 'agt_1', caseOf('evc_1')), false);
    await agents.insert(A, agentOf('agt_1'));
    const { evaluationCasesMax } = evaluationLimits;
    for (let at = 1; at <= evaluationCasesMax; at++) {
      assert.equal(await evaluations.insertCase(A, 'agt_1', caseOf(`evc_${at}`)), true);
    }
    const more = evaluations.insertCase(A, 'agt_1', caseOf('evc_more'));
    await assert.rejects(more, { code: 'conflict' });
    const all = await evaluations.cases(A, 'agt_1');
    assert.deepEqual([all.length, all[0]], [evaluationCasesMax, caseOf('evc_1')]);
    assert.equal(await evaluations.removeCase(B, 'agt_1', 'evc_1'), false);
    assert.equal(await evaluations.removeCase(A, 'agt_1', 'evc_1'), true);
    await agents.remove(A, 'agt_1', undefined);
    assert.deepEqual(await evaluations.cases(A, 'agt_1'), []);
  });

  test('one report of an agent runs at a time, and one that nobody works on is told', async (t) => {
    const { agents, evaluations } = await openWithTenants(open, t);
    await agents.insert(A, agentOf('agt_1'));
    await evaluations.insertReport(A, reportOf('evr_1'), LIFE_MS);
    assert.deepEqual(await evaluations.report(A, 'agt_1', 'evr_1'), reportOf('evr_1'));
    assert.equal(await evaluations.report(B, 'agt_1', 'evr_1'), undefined);
    const second = evaluations.insertReport(A, reportOf('evr_2', 6), LIFE_MS);
    await assert.rejects(second, { code: 'conflict' });
    await evaluations.keepAlive(A, 'agt_1', 'evr_1', 0);
    await sleep(2);
    assert.equal((await evaluations.report(A, 'agt_1', 'evr_1'))?.state, 'interrupted');
    await evaluations.insertReport(A, reportOf('evr_2', 6), LIFE_MS);
    const done = { ...reportOf('evr_2', 6), state: 'finished', problem: 'x' } as const;
    await evaluations.writeReport(A, done, LIFE_MS);
    await evaluations.writeReport(A, { ...done, problem: 'late' }, LIFE_MS);
    const kept = await evaluations.reports(A, 'agt_1');
    assert.deepEqual(kept, [done, { ...reportOf('evr_1'), state: 'interrupted' }]);
    const { evaluationReportsKept } = evaluationLimits;
    for (let at = 0; at < evaluationReportsKept; at++) {
      const one = reportOf(`evr_x${at}`, 10 + at);
      await evaluations.insertReport(A, one, LIFE_MS);
      await evaluations.writeReport(A, { ...one, state: 'finished' }, LIFE_MS);
    }
    const last = await evaluations.reports(A, 'agt_1');
    assert.equal(last.length, evaluationReportsKept);
    assert.ok(last.every(({ id }) => id.startsWith('evr_x')));
  });
}
