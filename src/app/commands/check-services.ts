import { standardConnectors } from '../../connectors/standard.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { nearest } from '../config/config-keys.ts';
import { configProblem } from '../config/config-problem.ts';
import { hostEnvironment, type LoadedConfig } from '../config/config.ts';

/**
 * Checks kind and configuration of every declared service, without contacting any.
 * Throws GatewayError `invalid_configuration` with one sentence.
 */
export function checkServices({ config, origins }: LoadedConfig): void {
  const origin = origins.get('services') ?? 'the configuration';
  const connectors = standardConnectors(hostEnvironment());
  for (const [index, { kind, config: content }] of config.services.entries()) {
    const connector = connectors.get(kind);
    if (connector === undefined) {
      const kinds = [...connectors.keys()];
      const meant = nearest(kind, kinds);
      const hint = meant === undefined ? '.' : `; did you mean ${JSON.stringify(meant)}?`;
      const demand = `must be one of ${kinds.join(', ')}, not ${JSON.stringify(kind)}`;
      throw invalid(`"services[${index}].kind" in ${origin} ${demand}${hint}`);
    }
    const { error } = connector.config.safeParse(content);
    if (error === undefined) continue;
    const part = {
      schema: connector.config,
      content,
      prefix: ['services', index, 'config'],
      originOf: () => origin,
    };
    throw invalid(configProblem(error.issues, part));
  }
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_configuration', text);
}
