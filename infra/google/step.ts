/** What is done to deploy: commands and files, which a person can read before they are run. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { quote } from '../../shared/shell.ts';

/** A program and its arguments, each one word. */
export type Command = readonly string[];

export type Step = { does: string } & (
  | { run: Command }
  | { file: string; content: string }
  /** Which command is run depends on whether another prints anything; null runs none. */
  | { ifPrints: Command; then: Command | null; otherwise: Command | null }
);

/** The step as a POSIX shell would do it. */
export function printStep(step: Step): string {
  return `# ${step.does}\n${bodyOf(step)}\n`;
}

function bodyOf(step: Step): string {
  if ('run' in step) return words(step.run);
  if ('file' in step) return `cat > ${quote(step.file)} <<'END'\n${step.content}END`;
  const { ifPrints, then, otherwise } = step;
  const condition = `[ -n "$(${words(ifPrints)} 2>/dev/null)" ]`;
  if (then === null) return `${condition} || ${words(otherwise ?? ['true'])}`;
  if (otherwise === null) return `if ${condition}; then\n  ${words(then)}\nfi`;
  return `if ${condition}; then\n  ${words(then)}\nelse\n  ${words(otherwise)}\nfi`;
}

function words(command: Command): string {
  return command.map(quote).join(' ');
}

/**
 * Does the steps in their order, and tells each before it is done.
 * @throws {Error} at the first that fails; those before it need not be undone, for all can be done again
 */
export function runSteps(steps: readonly Step[], say: (line: string) => void): void {
  for (const step of steps) {
    say(`${step.does} ...`);
    if ('file' in step) write(step.file, step.content);
    else if ('run' in step) run(step.does, step.run);
    else {
      const chosen = prints(step.ifPrints) ? step.then : step.otherwise;
      if (chosen) run(step.does, chosen);
      else say('  nothing to do');
    }
  }
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function run(does: string, command: Command): void {
  const [program = '', ...given] = command;
  const { status, error, signal } = spawnSync(program, given, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error)
    throw new Error(`Cannot run ${program}: ${error.message}; install it, and put it on the PATH`, {
      cause: error,
    });
  if (status !== 0)
    throw new Error(
      `Cannot go on: "${does}" ended with ${signal ?? `exit code ${status}`}; mend what it says above, and start again: what is done already is kept`,
    );
}

function prints([program = '', ...given]: Command): boolean {
  const { stdout } = spawnSync(program, given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return (stdout ?? '').trim() !== '';
}
