import type { ScanReport } from '../../../shared/scan-report.ts';
import { writeWhole } from '../output-file.ts';
import { defaultWidth, type Session } from '../session.ts';
import type { ScanOptions } from './command.ts';

/** Writes what was found to standard output, or to a file. */
export async function writeScan(
  session: Session,
  { output = 'text', outputFile }: ScanOptions,
  report: ScanReport,
): Promise<void> {
  if (outputFile === undefined) {
    await session.write(await render(report, output, session));
    return;
  }
  await writeWhole(
    outputFile,
    await render(report, output, { ...session, width: defaultWidth, color: false }),
  );
  session.log('info', session.says.output.result(outputFile));
}

async function render(
  report: ScanReport,
  format: string,
  { width, color, language }: Pick<Session, 'width' | 'color' | 'language'>,
): Promise<string> {
  if (format === 'text')
    return (await import('../../../shared/render/scan-text.ts')).renderScanText(report, {
      width,
      color,
      language,
    });
  const { renderScanCsv, renderScanJson } = await import('../../../shared/render/scan-data.ts');
  return format === 'csv' ? renderScanCsv(report) : renderScanJson(report);
}
