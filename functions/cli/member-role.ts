/** `clusterwhy member-role`: the templates that member accounts of an organization are rolled out with. */
import { captureTemplate, roleTemplate } from '../../shared/member-templates.ts';
import { checkOption, externalIds, roleName, type Form } from './check-option.ts';
import type { Session } from './session.ts';
import { UserError } from './user-error.ts';

export interface MemberRoleOptions {
  template: 'role' | 'capture';
  auditorRoles?: string[];
  externalId?: string;
  memberRole?: string;
  busArn?: string;
}

const roleArns: Form = {
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
  allowed: {
    en: 'ARNs of IAM roles, as the output AuditorRoleArns of the stack',
    ja: 'スタックの出力 AuditorRoleArns にある IAM ロールの ARN',
  },
};

const busArns: Form = {
  pattern: /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/,
  allowed: {
    en: 'the ARN of an event bus, as the output DenialBusArn of the stack',
    ja: 'スタックの出力 DenialBusArn にあるイベントバスの ARN',
  },
};

/** What is not given is asked for by the template, as a parameter. */
export async function printMemberTemplate(session: Session, options: MemberRoleOptions): Promise<number> {
  const { template, auditorRoles, externalId, memberRole, busArn } = options;
  for (const arn of auditorRoles ?? []) checkOption('--auditor-roles', arn, roleArns);
  checkOption('--external-id', externalId, externalIds);
  checkOption('--member-role', memberRole, roleName);
  checkOption('--bus-arn', busArn, busArns);
  refuseStrays(options);
  const document =
    template === 'role'
      ? roleTemplate({
          ...(auditorRoles && { auditorRoles }),
          ...(externalId !== undefined && { externalId }),
          ...(memberRole !== undefined && { roleName: memberRole }),
        })
      : captureTemplate({ ...(busArn !== undefined && { busArn }) });
  await session.write(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
}

/** What is for the other template would be passed over in silence. */
function refuseStrays({ template, auditorRoles, externalId, memberRole, busArn }: MemberRoleOptions): void {
  const ofRole = {
    '--auditor-roles': auditorRoles,
    '--external-id': externalId,
    '--member-role': memberRole,
  };
  const [other, strays] = template === 'role' ? ['capture', { '--bus-arn': busArn }] : ['role', ofRole];
  const stray = Object.entries(strays).find(([, value]) => value !== undefined)?.[0];
  if (stray !== undefined)
    throw new UserError({
      en: `Cannot use ${stray} with --template ${template}: it is for --template ${other}`,
      ja: `${stray} は --template ${template} と同時に使用できません: --template ${other} のオプションです`,
    });
}
