import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { printableLine, printableLines } from '../../shared/render/printable.ts';
import { renderText } from '../../shared/render/text.ts';
import { wrap } from '../../shared/render/wrap.ts';
import type { Report } from '../../shared/report.ts';
import { expectGolden } from './golden.ts';
import { hostile, quietReport, sampleFinding, sampleReport } from './sample-report.ts';

const plain = { width: 80, color: false };

/** What a terminal obeys or hides; a line break is allowed. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function unseenIn(text: string): string[] {
  return [...text.replaceAll('\n', '')].filter((char) => unseen.test(char));
}

function reportWith(changes: Partial<Report>): Report {
  return { ...quietReport, ...changes };
}

describe('renderText()', () => {
  it('shows what matters first and what was not looked at last', () => {
    expectGolden('report.txt', renderText(sampleReport, plain));
  });

  it('reads well in a narrow terminal', () => {
    expectGolden(
      'report-44-columns.txt',
      renderText({ ...sampleReport, findings: [sampleFinding()] }, { width: 44, color: false }),
    );
  });

  it('never shows nothing as health', () => {
    expectGolden('nothing-found.txt', renderText(quietReport, plain));
    const unread = reportWith({
      coverage: [
        {
          cloud: 'aws',
          account: '111122223333',
          location: null,
          fact: 'denials',
          complete: false,
          why: 'denied',
        },
      ],
    });
    expect(renderText(unread, plain)).toContain(
      'could not be read to the end; none was seen in what was read',
    );
    const blind = renderText(reportWith({ coverage: [], outcomes: [], scope: [] }), plain);
    expect(blind).toContain('Looked at 3 clusters in no place at all');
    expect(blind).toMatch(/Read to the end\n {2}- nothing/);
    for (const text of [renderText(quietReport, plain), blind])
      expect(text).not.toMatch(/healthy|all good|no problems/i);
  });

  it('colours a terminal with nothing but colours', () => {
    const colored = renderText(sampleReport, { width: 80, color: true });
    expect(colored).toContain('\u001b[31m');
    expect(stripVTControlCharacters(colored)).toBe(renderText(sampleReport, plain));
    expect(unseenIn(colored.replaceAll(/\u001b\[\d+m/g, ''))).toEqual([]);
  });

  it('lets nothing through that a terminal obeys or hides', () => {
    const text = renderText(sampleReport, plain);
    expect(unseenIn(text)).toEqual([]);
    expect(text).toContain('invoice\\u202efdp.exe');
    expect(text).toContain('\\u001b[2J');
  });

  it('keeps commands as they are, from the first column, at any width', () => {
    for (const width of [0, 40, 80, 1000, NaN, Infinity, -5]) {
      const text = renderText(sampleReport, { width, color: width === 80 });
      for (const { change, fix } of sampleReport.findings)
        if (change !== 'resolved' && change !== 'muted')
          for (const command of fix.commands) expect(text).toContain(`\n\n${command}\n\n`);
    }
  });

  it('keeps every other line within the width', () => {
    const report = {
      ...sampleReport,
      findings: sampleReport.findings.map((finding) => ({ ...finding, references: [] })),
    };
    for (const width of [40, 60, 80, 100]) {
      const commands = report.findings.flatMap(({ fix }) =>
        fix.commands.flatMap((command) => command.split('\n')),
      );
      const lines = renderText(report, { width, color: false }).split('\n');
      const wide = lines.filter((line) => stringWidth(line) > width && !commands.includes(line));
      expect(wide).toEqual([]);
    }
  });

  it('says how much of an endless value it does not show', () => {
    expect(renderText(sampleReport, plain)).toContain('(48,000 more characters)');
  });

  it('renders thousands of findings, grouped by cluster, the worst group first', () => {
    const findings = Array.from({ length: 2000 }, (_, index) =>
      sampleFinding({
        id: String(index),
        cluster: `c${index % 100}`,
        severity: index === 1999 ? 'critical' : 'low',
      }),
    );
    const text = renderText({ ...sampleReport, findings }, plain);
    expect(text.match(/^AWS 111122223333 \/ eu-west-1 \/ c\d+$/gm)).toHaveLength(100);
    expect(text.match(/^AWS .*$/m)?.[0]).toBe('AWS 111122223333 / eu-west-1 / c99');
    expect(text).toContain('2,000 findings: 1 critical, 1,999 low');
  });
});

describe('wrap()', () => {
  it('counts wide characters as two columns, and begins no line with a mark that must follow', () => {
    const lines = wrap(hostile.wide, 20);
    expect(lines.join('')).toBe(hostile.wide);
    for (const line of lines) {
      expect(stringWidth(line)).toBeLessThanOrEqual(20);
      expect(line).not.toMatch(/^[。、]/);
    }
  });

  it.each([
    ['breaks at spaces', 'one two three', 8, ['one two', 'three']],
    ['keeps indents and inner spaces', '  a   b', 20, ['  a   b']],
    ['keeps line breaks', 'a\n\nb', 20, ['a', '', 'b']],
    [
      'cuts a long word after a mark that parts names',
      'arn:aws:iam::1:role/a',
      18,
      ['arn:aws:iam::1:', 'role/a'],
    ],
    ['cuts a long word without marks anywhere', 'xxxxxxx', 3, ['xxx', 'xxx', 'x']],
    ['makes one line of nothing', '', 5, ['']],
  ])('%s', (_, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it('loses no letter and keeps within the width, whatever the text', () => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'Z', '/', ':', ' ', '漢', '。', 'é', 'e\u0301', '\n', '😀'),
    });
    fc.assert(
      fc.property(letters, fc.integer({ min: 8, max: 60 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \n]/g, ''));
        // A closing mark may stand on the edge, for it may not begin the next line.
        for (const line of lines) expect(stringWidth(line.replace(/。+$/, ''))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('printable text', () => {
  it.each([
    ['\u001b[31m', '\\u001b[31m'],
    ['a\r\n\tb', 'a\\r\\n\\tb'],
    ['\u202E\u2066\u200F\u061C', '\\u202e\\u2066\\u200f\\u061c'],
    ['zero\u200Bwidth\uFEFF\u00AD', 'zero\\u200bwidth\\ufeff\\u00ad'],
    ['\u{E0041}', '\\udb40\\udc41'],
    ['\uD800', '\\ud800'],
    ['\uFFFE', '\\ufffe'],
    ['\u2028', '\\u2028'],
    ['grüße 漢字 ❤️ 😀', 'grüße 漢字 ❤️ 😀'],
  ])('escapes what cannot be seen in %j', (text, shown) => {
    expect(printableLine(text)).toBe(shown);
  });

  it('leaves nothing unseen, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unseenIn(printableLines(text))).toEqual([]);
        expect(printableLine(text)).not.toContain('\n');
      }),
    );
  });

  it('leaves the value of JSON what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value, null, 2);
        expect(JSON.parse(printableLines(json))).toEqual(JSON.parse(json));
      }),
    );
  });
});
