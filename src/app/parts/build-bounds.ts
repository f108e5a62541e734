import { boundLevels, type Bound, type CommonBounds } from '../../policy/bounds.ts';
import { Limiter } from '../../policy/limits/limiter.ts';
import { LoadShedder } from '../../policy/limits/load-shedder.ts';
import type { PolicyBook } from '../../policy/rules/policy-book.ts';
import type { Config } from '../config/config-schema.ts';

/** Builds what bounds the use of the data plane. */
export function buildBounds(config: Config, policies: PolicyBook) {
  const limiter = new Limiter({
    common: commonBounds(config),
    boundsOf: (tenant) => policies.settings(tenant).bounds,
    now: () => performance.now(),
  });
  return { limiter, shedder: new LoadShedder({ delayMs: config.limits.shedDelayMs }) };
}

/** The bounds of the configuration, by what they count. */
function commonBounds({ limits }: Pick<Config, 'limits'>): CommonBounds {
  return Object.fromEntries(
    boundLevels.flatMap((level) => {
      const requestsPerMinute = limits[`${level}RequestsPerMinute`];
      const burst = limits[`${level}Burst`];
      const concurrent = limits[`${level}Concurrent`];
      const bound: Bound = {
        ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
        ...(burst === undefined ? {} : { burst }),
        ...(concurrent === undefined ? {} : { concurrent }),
      };
      return Object.keys(bound).length === 0 ? [] : [[level, bound]];
    }),
  );
}
