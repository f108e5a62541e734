import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolSchedule, type ScheduleFigures } from '../../../test/support/pool-schedule.ts';

const [PARTS, SCHEDULES, STEPS] = [4, 2_500, 40];

for (let part = 0; part < PARTS; part++) {
  const title = 'no schedule of instances, crashes and clocks overdraws a pool or loses of it';
  test(`${title} (${part + 1} of ${PARTS})`, async () => {
    const sums: ScheduleFigures = { served: 0, refused: 0, crashes: 0 };
    let late = 0;
    for (let index = 0; index < SCHEDULES; index++) {
      const seed = part * SCHEDULES + index;
      const schedule = new PoolSchedule(seed, seed % 4 !== 0);
      await schedule.run(STEPS).catch((error: unknown) => {
        throw new Error(`The schedule of seed ${seed} fails`, { cause: error });
      });
      const { served, refused, crashes } = schedule.figures;
      sums.served += served;
      sums.refused += refused;
      sums.crashes += crashes;
      late += schedule.database.late;
    }
    // It saw what it is about.
    const saw = `${JSON.stringify(sums)}, ${late} late`;
    assert.ok(sums.served > SCHEDULES && sums.refused > SCHEDULES, saw);
    assert.ok(sums.crashes > SCHEDULES && late > 0, saw);
  });
}
