import { startPostgres } from '../../support/start-postgres.ts';
import { atLeast, isKept, type Finding, type Scale, type Scenario } from '../finding.ts';
import { needPostgres } from '../support/on-postgres.ts';
import { failpoints } from './failpoints.ts';
import { killedShop } from './killed-shop.ts';
import { forgetful, plantedBugs } from './planted-bugs.ts';

const names = Object.keys(failpoints);

const troubleOf = (scale: Scale) =>
  scale === 'full'
    ? { clients: 64, kills: 30, failpoints: names, restMs: 3_000 }
    : { clients: 16, kills: 1, failpoints: names.slice(0, 1), restMs: 500 };

const postgres = needPostgres();

/** Purchases while gateways are killed, with what else billing has to stand. */
export const billingScenarios: readonly Scenario[] = [
  { name: 'shop killed', run: (scale) => killedShop(troubleOf(scale)) },
  {
    ...postgres,
    name: 'two shops killed',
    async run(scale) {
      await using server = await startPostgres(postgres.programs);
      return await killedShop({ ...troubleOf(scale), databaseUrl: server.url });
    },
  },
  { name: 'planted bugs', run: findBugs },
];

/** Each planted bug has to break a bound, and without one none may be broken. */
async function findBugs(scale: Scale): Promise<readonly Finding[]> {
  const bugs = Object.entries(plantedBugs).slice(0, scale === 'full' ? undefined : 1);
  const trouble = { clients: 16, kills: 1, failpoints: [], restMs: 3_000 };
  const sound = await killedShop({ ...trouble, bugs: [forgetful] });
  const findings = [atLeast('no bug: bounds kept', sound.filter(isKept).length, sound.length)];
  for (const [name, patches] of bugs) {
    const sick = await killedShop({ ...trouble, bugs: [forgetful, ...patches] });
    const broken = sick.filter((finding) => !isKept(finding)).length;
    findings.push(atLeast(`bounds broken by: ${name}`, broken, 1));
  }
  return findings;
}
