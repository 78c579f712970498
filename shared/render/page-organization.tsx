/** What was broken in an organization, and whose it is, as a table of the page. */
import { brokenTitle, groupOwners, type BrokenGroup } from './organization.ts';

const says = { columns: ['Severity', 'What', 'Findings', 'New', 'Whose'] };

/** Nothing where there is nothing broken. */
export function BrokenTable({ groups }: { groups: BrokenGroup[] }) {
  if (groups.length === 0) return null;
  return (
    <section>
      <h2 id="broken">{brokenTitle}</h2>
      <div class="panel broken" tabIndex={0} role="group" aria-labelledby="broken">
        <table>
          <thead>
            <tr>
              {says.columns.map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <Row group={group} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ group }: { group: BrokenGroup }) {
  const { severity, title, rule, findings, new: news } = group;
  return (
    <tr>
      <td>
        <span class={`chip ${severity}`}>{severity}</span>
      </td>
      <td class="value">
        {title}
        <div class="mono">{rule}</div>
      </td>
      <td class="number">{findings.toLocaleString('en-US')}</td>
      <td class="number">{news.toLocaleString('en-US')}</td>
      <td class="value">{groupOwners(group)}</td>
    </tr>
  );
}
