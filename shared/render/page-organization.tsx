/** What was broken in an organization, and whose it is, as a table of the page. */
import type { Messages } from './messages/messages-in.ts';
import { groupOwners, type BrokenGroup } from './organization.ts';
import type { Outline } from './outline.ts';

/** Nothing where there is nothing broken. */
export function BrokenTable({ order: { report, says } }: { order: Outline }) {
  const groups = report.organization?.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <section>
      <h2 id="broken">{says.organization.broken}</h2>
      <div class="panel broken" tabIndex={0} role="group" aria-labelledby="broken">
        <table>
          <thead>
            <tr>
              {says.organization.columns.map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <Row group={group} says={says} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ group, says }: { group: BrokenGroup; says: Messages }) {
  const { severity, title, rule, findings, new: news } = group;
  return (
    <tr>
      <td>
        <span class={`chip ${severity}`}>{says.severity[severity]}</span>
      </td>
      <td class="value">
        {title}
        <div class="mono">{rule}</div>
      </td>
      <td class="number">{says.number(findings)}</td>
      <td class="number">{says.number(news)}</td>
      <td class="value">{groupOwners(group, says)}</td>
    </tr>
  );
}
