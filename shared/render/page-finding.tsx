/** One finding on the page: what, why, the evidence, and the fix with what it changes. */
import type { Finding, Report } from '../report.ts';
import { describeFinding, type Description } from './describe-finding.ts';
import { groupName } from './outline.ts';
import { policyDiff, type DiffLine } from './policy-diff.ts';

const says = {
  label: {
    subject: 'Subject',
    workload: 'Workload',
    refused: 'Refused',
    events: 'Events',
    alsoWrong: 'Also wrong',
    muted: 'Muted',
  },
  address: 'Permanent address of this finding',
  references: 'References',
  diff: 'What changes in the policy',
  mark: { ' ': '', '-': 'goes: ', '+': 'comes: ' },
};

/** The address of a finding within the page. */
export function findingAnchor({ id }: Pick<Finding, 'id'>): string {
  return `finding-${id}`;
}

/** What it is filtered by stands in its attributes. */
export function FindingCard({ finding, report }: { finding: Finding; report: Report }) {
  const words = describeFinding(finding, report.finishedAt);
  const heading = `title-${finding.id}`;
  return (
    <article
      class="panel finding"
      id={findingAnchor(finding)}
      tabIndex={-1}
      aria-labelledby={heading}
      data-cloud={finding.cloud}
      data-account={finding.account}
      data-cluster={groupName(finding, report)}
      data-severity={finding.severity}
      data-change={finding.change}
      data-rule={finding.rule}
    >
      <header>
        <Tags finding={finding} age={words.age} />
        <h3 class="value" id={heading}>
          {finding.title}
        </h3>
      </header>
      <p class="cause value">{finding.cause}</p>
      <Facts finding={finding} words={words} />
      <Fix finding={finding} words={words} />
      <References references={finding.references} />
    </article>
  );
}

function Tags({ finding, age }: { finding: Finding; age: string | null }) {
  return (
    <div class="tags">
      <span class={`chip ${finding.severity}`}>{finding.severity}</span>
      <span class="chip plain">{finding.change}</span>
      {age !== null && <span class="chip plain">{age}</span>}
      <span class="mono">{finding.rule}</span>
      <a class="mono" href={`#${findingAnchor(finding)}`} title={says.address}>
        {finding.id}
      </a>
    </div>
  );
}

function Facts({ finding, words }: { finding: Finding; words: Description }) {
  const { label } = says;
  return (
    <dl>
      <Fact label={label.subject} value={words.subject} />
      <Fact label={label.workload} value={words.workload} />
      {finding.evidence.map((evidence) => (
        <Fact label={evidence.label} value={evidence.value} exact />
      ))}
      <Fact label={label.refused} value={words.denial} />
      <Fact label={label.events} value={words.events.join(', ')} />
      <Fact label={label.alsoWrong} value={finding.alsoWrong.join(', ')} />
      <Fact label={label.muted} value={words.mute} />
    </dl>
  );
}

/** A label and its value; what must be compared letter by letter is shown with letters of one width. */
function Fact({ label, value, exact = false }: { label: string; value: string | null; exact?: boolean }) {
  if (!value) return null;
  return (
    <>
      <dt class="value">{label}</dt>
      <dd class={exact ? 'value lines mono' : 'value lines'}>{value}</dd>
    </>
  );
}

function Fix({ finding, words: { label, fix, blocks } }: { finding: Finding; words: Description }) {
  const diff = policyDiff(finding.fix.currentPolicy, finding.fix.policy);
  return (
    <div class="fix">
      <p>
        <span class={`chip ${label}`}>{label}</span> <span class="value">{fix}</span>
      </p>
      {diff && <Diff lines={diff} />}
      {blocks.map(({ caption, text }) => (
        <div class="code">
          <div class="caption">
            <span>{caption}</span>
          </div>
          <pre tabIndex={0} role="group" aria-label={`${caption}: ${finding.subject.name}`}>
            {text}
          </pre>
        </div>
      ))}
    </div>
  );
}

/** What goes and what comes is marked by a sign too, and said to those who do not see either. */
function Diff({ lines }: { lines: DiffLine[] }) {
  return (
    <div class="diff">
      <div class="caption">
        <span>{says.diff}</span>
      </div>
      <pre tabIndex={0} role="group" aria-label={says.diff}>
        {lines.map(({ mark, text }) => {
          if (mark === ' ') return `  ${text}\n`;
          const Line = mark === '-' ? 'del' : 'ins';
          return (
            <Line>
              <span class="unseen">{says.mark[mark]}</span>
              {`${mark} ${text}`}
            </Line>
          );
        })}
      </pre>
    </div>
  );
}

function References({ references }: { references: string[] }) {
  if (references.length === 0) return null;
  return (
    <ul class="references" aria-label={says.references}>
      {references.map((reference) => (
        <li>
          <Reference to={reference} />
        </li>
      ))}
    </ul>
  );
}

/** A link only where it leads to the web: an address from a stranger may be a script. */
function Reference({ to }: { to: string }) {
  if (!/^https?:\/\//i.test(to)) return <span class="value">{to}</span>;
  return (
    <a href={to} rel="noreferrer noopener">
      {to}
    </a>
  );
}
