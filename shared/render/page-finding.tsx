/** One finding on the page: what, why, the evidence, and the fix with what it changes. */
import type { Finding } from '../report.ts';
import { describeFinding, type Description } from './describe-finding.ts';
import type { Messages } from './messages/messages-in.ts';
import { groupName, type Outline } from './outline.ts';
import { nearChanges, policyDiff, type DiffLine } from './policy-diff.ts';

/** The address of a finding within the page. */
export function findingAnchor({ id }: Pick<Finding, 'id'>): string {
  return `finding-${id}`;
}

/** What it is filtered and ordered by stands in its attributes. */
export function FindingCard({ finding, order: { report, says } }: { finding: Finding; order: Outline }) {
  const words = describeFinding(finding, report.finishedAt, says);
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
      data-since={finding.openSince ?? ''}
    >
      <header>
        <Tags finding={finding} age={words.age} says={says} />
        <h3 class="value" id={heading}>
          {finding.title}
        </h3>
      </header>
      <p class="cause value">{finding.cause}</p>
      <Facts finding={finding} words={words} says={says} />
      <Fix finding={finding} words={words} says={says} />
      <References references={finding.references} title={says.page.references} />
    </article>
  );
}

interface TagsProps {
  finding: Finding;
  age: string | null;
  says: Messages;
}

function Tags({ finding, age, says }: TagsProps) {
  return (
    <div class="tags">
      <span class={`chip ${finding.severity}`}>{says.severity[finding.severity]}</span>
      <span class="chip plain">{says.change[finding.change]}</span>
      {age !== null && <span class="chip plain">{age}</span>}
      <span class="mono">{finding.rule}</span>
      <a class="mono" href={`#${findingAnchor(finding)}`} title={says.page.address}>
        {finding.id}
      </a>
    </div>
  );
}

interface WordsProps {
  finding: Finding;
  words: Description;
  says: Messages;
}

function Facts({ finding, words, says }: WordsProps) {
  const { finding: label } = says;
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

function Fix({ finding, words: { label, fix, blocks }, says }: WordsProps) {
  const diff = policyDiff(finding.fix.currentPolicy, finding.fix.policy);
  return (
    <div class="fix">
      <p>
        <span class={`chip ${label}`}>{says.fix[label]}</span> <span class="value">{fix}</span>
      </p>
      {diff && <Diff lines={diff} says={says} />}
      {blocks.map(({ caption, text }) => (
        <div class="code">
          <div class="caption">
            <span>{caption}</span>
          </div>
          <pre tabIndex={0} role="group" aria-label={says.titled(caption, finding.subject.name)}>
            {text}
          </pre>
        </div>
      ))}
    </div>
  );
}

/** What goes and what comes is marked by a sign too, and said to those who do not see either. */
function Diff({ lines, says }: { lines: DiffLine[]; says: Messages }) {
  return (
    <div class="diff">
      <div class="caption">
        <span>{says.page.diff}</span>
      </div>
      <pre tabIndex={0} role="group" aria-label={says.page.diff}>
        {nearChanges(lines).map((line) => {
          if (line.mark === '…') return `  ${says.page.unchanged(line.lines)}\n`;
          const { mark, text } = line;
          if (mark === ' ') return `  ${text}\n`;
          const Line = mark === '-' ? 'del' : 'ins';
          return (
            <Line>
              <span class="unseen">{mark === '-' ? says.page.goes : says.page.comes}</span>
              {`${mark} ${text}`}
            </Line>
          );
        })}
      </pre>
    </div>
  );
}

function References({ references, title }: { references: string[]; title: string }) {
  if (references.length === 0) return null;
  return (
    <ul class="references" aria-label={title}>
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
