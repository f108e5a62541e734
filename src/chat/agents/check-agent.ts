import { GatewayError } from '../../kernel/errors.ts';
import { agentLimits } from '../../kernel/limits/chat/agent-limits.ts';
import type { AgentValue, AgentValues } from '../conversations/conversation-agent.ts';
import type { AgentSettings, AgentVariable } from './agent.ts';
import { PLACE } from './render-prompt.ts';

/** Throws `invalid_params` for settings that contradict themselves. */
export function checkSettings({ prompt, variables }: AgentSettings): void {
  const names = variables.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw wrong('settings.variables', `"${twice}" is there twice`);
  for (const [, name = ''] of prompt.matchAll(PLACE)) {
    if (names.includes(name)) continue;
    throw wrong('settings.prompt', `{{${name}}} is none of the variables: declare it`);
  }
  for (const [at, variable] of variables.entries()) {
    const field = `settings.variables[${at}]`;
    const { type, choices, isRequired, default: usual } = variable;
    if ((type === 'choice') !== choices.length > 0) {
      throw wrong(`${field}.choices`, 'are given for the type "choice", and for no other');
    }
    if (isRequired && usual !== null) {
      throw wrong(`${field}.default`, 'is of no use where a value is required');
    }
    if (usual !== null) checkValue(`${field}.default`, variable, usual);
  }
}

/**
 * The values as they are kept. Throws `invalid_params` for one that is missing, unknown or of
 * another type.
 */
export function checkValues(variables: readonly AgentVariable[], values: AgentValues): AgentValues {
  const known = new Map(variables.map((variable) => [variable.name, variable]));
  for (const [name, value] of Object.entries(values)) {
    const variable = known.get(name);
    if (variable === undefined) {
      const those = [...known.keys()].join(', ') || 'none';
      throw wrong(`variables.${name.slice(0, 64)}`, `is not known; there are: ${those}`);
    }
    checkValue(`variables.${name}`, variable, value);
  }
  for (const { name, isRequired } of variables) {
    if (isRequired && !Object.hasOwn(values, name)) {
      throw wrong(`variables.${name}`, 'is missing: this agent needs it');
    }
  }
  return { ...values };
}

function checkValue(field: string, { type, choices }: AgentVariable, value: AgentValue): void {
  if (type === 'choice') {
    if (typeof value === 'string' && choices.includes(value)) return;
    throw wrong(field, `must be one of ${choices.map((one) => `"${one}"`).join(', ')}`);
  }
  const wanted = type === 'text' ? 'string' : type;
  const isRight = typeof value === wanted && (type !== 'number' || Number.isFinite(value));
  if (!isRight) throw wrong(field, `must be a ${type}`);
  const { agentValueCharactersMax } = agentLimits;
  if (typeof value === 'string' && value.length > agentValueCharactersMax) {
    throw wrong(field, `has more than ${agentValueCharactersMax} characters`);
  }
}

function wrong(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_params', `${field}: ${problem}.`);
}
