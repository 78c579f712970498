import { rules } from '../shared/rules/index.ts';

/** The facts that a rule judges by; undefined for a rule that this version does not know. */
export function restsOn(id: string): readonly string[] | undefined {
  const rule = rules.find((one) => one.id === id);
  return rule && Object.keys(rule.needs);
}
