import type { PolicyRuleInput } from '../src/policy/store.ts';

/**
 * One of many rules: most are about other tools, services or people; every hundredth looks at the
 * arguments of the very calls that are measured, and lets them pass.
 */
export function ruleOf(index: number): PolicyRuleInput {
  const rule = { name: `rule ${index}`, effect: 'deny', enabled: true } as const;
  if (index % 100 === 0) {
    const conditions = [{ pointer: `/secret${index}`, is: 'exists', value: true }] as const;
    return { ...rule, tools: ['echo__*'], conditions };
  }
  switch (index % 4) {
    case 0:
      return { ...rule, tools: [`service-${index}__delete*`] };
    case 1:
      return { ...rule, services: [`service-${index}`] };
    case 2:
      return { ...rule, tools: ['echo__*'], subjects: { users: [`usr_${index}`] } };
    default:
      return { ...rule, resources: [`file:///private/${index}/*`], services: ['files'] };
  }
}
