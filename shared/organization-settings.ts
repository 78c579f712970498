/** How an organization is audited, as one environment variable holds it: JSON that infra writes and `plan` and `audit` read. */
import * as z from 'zod/mini';

/** The role that every member account holds ready. */
export interface MemberRole {
  roleName: string;
  /** Null where the role's trust policy asks for none. */
  externalId: string | null;
}

/** The name of that role unless the settings say otherwise. */
export const usualMemberRole = 'clusterwhy-member';

export const roleNamePattern = /^[\w+=,.@-]{1,64}$/;
/** docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html */
export const externalIdPattern = /^[\w+=,.@:/-]{2,1224}$/;
export const accountPattern = /^\d{12}$/;
/** `ou-ab12-cdefgh34`, `r-ab12`, or a path of names. */
export const unitPattern = /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}|\/[^,]{0,512})$/;
/** `key=value` or `key`. */
export const tagPattern = /^[\p{L}\p{Z}\p{N}_.:/+@-]{1,128}(=[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256})?$/u;

const selection = z.object({
  accounts: z.array(z.string().check(z.regex(accountPattern))),
  units: z.array(z.string().check(z.regex(unitPattern))),
  tags: z.array(z.string().check(z.regex(tagPattern))),
});

const schema = z.object({
  roleName: z.string().check(z.regex(roleNamePattern)),
  externalId: z.nullable(z.string().check(z.regex(externalIdPattern))),
  include: selection,
  exclude: selection,
  /** The tag of an account that names its owner; null where the unit does. */
  ownerTag: z.nullable(z.string()),
});

export type OrganizationSettings = z.infer<typeof schema>;

/**
 * Null where no organization is audited.
 * @throws {Error} that names the variable and what is wrong in it.
 */
export function readOrganizationSettings(
  name: string,
  text: string | undefined,
): OrganizationSettings | null {
  if (!text?.trim()) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `Cannot use ${name}: it is not what this version writes (${(error as Error).message}); deploy the stack again`,
      {
        cause: error,
      },
    );
  }
}
