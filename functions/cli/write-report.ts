/** Writes a report to standard output, or to the files that were asked for, each in the form that its name ends in. */
import { extname } from 'node:path';
import type { Report } from '../../shared/report.ts';
import { checkWritable, writeWhole } from './output-file.ts';
import { renderReport, type ReportFormat } from './render-report.ts';
import { defaultWidth, type Session } from './session.ts';
import { UserError } from './user-error.ts';

export interface OutputOptions {
  /** Text where absent. */
  output?: ReportFormat;
  outputFile?: readonly string[];
}

const formatsByEnding: Readonly<Record<string, ReportFormat>> = {
  '.txt': 'text',
  '.json': 'json',
  '.html': 'html',
  '.htm': 'html',
  '.csv': 'csv',
  '.ocsf': 'ocsf',
  '.jsonl': 'ocsf',
  '.ndjson': 'ocsf',
};

/** Fails at once, before anything slow begins, where a file could not be written later, or is named twice. */
export async function checkOutputFiles({ outputFile = [] }: OutputOptions): Promise<void> {
  const twice = outputFile.find((path, index) => outputFile.indexOf(path) !== index);
  if (twice !== undefined)
    throw new UserError({
      en: `Cannot write ${twice} twice: give each --output-file a name of its own`,
      ja: `${twice} に 2 回書き込むことはできません: --output-file ごとに別の名前を指定してください`,
    });
  for (const path of outputFile) await checkWritable(path);
}

/** Writes nothing to standard output where there are files. */
export async function writeReport(session: Session, options: OutputOptions, report: Report): Promise<void> {
  const { output = 'text', outputFile = [] } = options;
  if (outputFile.length === 0) await session.write(await renderReport(report, output, session));
  for (const path of outputFile) {
    const format = formatOf(path, options);
    const text = await renderReport(report, format, {
      width: defaultWidth,
      color: false,
      language: session.language,
    });
    await writeWhole(path, text);
    session.log('info', session.says.output.report(path));
  }
}

/** What was asked for goes before what the name of a single file ends in; several files tell their forms apart by it. */
function formatOf(path: string, { output, outputFile = [] }: OutputOptions): ReportFormat {
  const byEnding = formatsByEnding[extname(path).toLowerCase()];
  return (outputFile.length === 1 ? (output ?? byEnding) : (byEnding ?? output)) ?? 'text';
}
