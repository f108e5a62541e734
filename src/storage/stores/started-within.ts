import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import { firstIdAt } from '../../metering/store.ts';
import type { Tables } from './tables.ts';

/** An exchange starts when its id is made; this much is allowed for a clock that was set. */
const ID_TIME_SLACK_MS = 3_600_000;

type Build = ExpressionBuilder<Tables, 'usage_record'>;

/**
 * Usage records of a time, which may be open at either end. Ids grow with time and are indexed, so
 * they bound what has to be read.
 */
export function startedWithin(fromMs: number | undefined, toMs: number | undefined) {
  return (build: Build): ExpressionWrapper<Tables, 'usage_record', SqlBool> => {
    const conditions = [];
    if (fromMs !== undefined) {
      conditions.push(build('usage_record.started_at_ms', '>=', fromMs));
      conditions.push(build('usage_record.id', '>=', firstIdAt(fromMs - ID_TIME_SLACK_MS)));
    }
    if (toMs !== undefined) {
      conditions.push(build('usage_record.started_at_ms', '<', toMs));
      conditions.push(build('usage_record.id', '<', firstIdAt(toMs + ID_TIME_SLACK_MS)));
    }
    return build.and(conditions);
  };
}
