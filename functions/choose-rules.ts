import { editDistance } from '../shared/domain/issuer.ts';
import { LocalizedError } from '../shared/localized-error.ts';
import type { AnyRule } from '../shared/rule.ts';

/** The rules with these ids, or all of them; throws a LocalizedError that names the nearest id for one that does not exist. */
export function chooseRules(rules: readonly AnyRule[], ids: readonly string[] | undefined): AnyRule[] {
  if (!ids) return [...rules];
  return [...new Set(ids)].map((id) => findRule(rules, id));
}

/** The rule with this id; it may be given without its cloud (`irsa-role-missing`). */
export function findRule(rules: readonly AnyRule[], id: string): AnyRule {
  const found = rules.filter((rule) => rule.id === id || rule.id.split('/')[1] === id);
  if (found.length === 1 && found[0]) return found[0];
  const near = found[0]?.id ?? nearest(rules, id);
  throw new LocalizedError({
    en: `There is no rule "${id}"${near ? `; did you mean ${near}?` : ''} ("clusterwhy rules" lists all of them)`,
    ja: `ルール "${id}" はありません${near ? `。${near} の間違いではありませんか?` : ''} ("clusterwhy rules" ですべてのルールを一覧表示できます)`,
  });
}

function nearest(rules: readonly AnyRule[], id: string): string | undefined {
  const limit = 6;
  const [best] = rules
    .map((rule) => ({
      id: rule.id,
      distance: editDistance(id.includes('/') ? rule.id : (rule.id.split('/')[1] ?? ''), id, limit),
    }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance < limit ? best.id : undefined;
}
