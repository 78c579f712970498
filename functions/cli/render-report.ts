import type { Report } from '../../shared/report.ts';
import type { Session } from './session.ts';

export const reportFormats = ['text', 'json', 'html', 'csv', 'ocsf'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** The report in one of its forms; only the renderer that is needed is loaded. Text for a file has no colours. */
export async function renderReport(
  report: Report,
  format: ReportFormat,
  { width, color, language }: Pick<Session, 'width' | 'color' | 'language'>,
): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../../shared/render/text.ts')).renderText(report, { width, color, language });
    case 'json':
      return (await import('../../shared/render/json.ts')).renderJson(report);
    case 'html':
      return (await import('../../shared/render/html.tsx')).renderHtml(report, { language });
    case 'csv':
      return (await import('../../shared/render/csv.ts')).renderCsv(report, language);
    case 'ocsf':
      return (await import('../../shared/render/ocsf.ts')).renderOcsf(report);
  }
}
