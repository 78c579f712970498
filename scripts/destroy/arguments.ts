import { existsSync, readFileSync } from 'node:fs';
import { usualStackName } from '../../shared/deployment.ts';

export interface DestroyArguments {
  deleteReports: boolean;
  stackName: string;
  /** Profile of the shared configuration files. */
  profile?: string;
  /** What `cdk destroy` is given. */
  forCdk: string[];
}

/**
 * Reads the arguments of `npm run destroy`; `--delete-reports` is our own, all others are those of `cdk destroy`.
 * @param contextFile where the CDK keeps settings between commands
 */
export function readDestroyArguments(
  args: readonly string[],
  contextFile = 'cdk.context.json',
): DestroyArguments {
  const forCdk = args.filter((arg) => arg !== '--delete-reports');
  const context = valuesOf(forCdk, ['-c', '--context']).findLast((value) => value.startsWith('stackName='));
  const profile = valuesOf(forCdk, ['--profile']).at(-1);
  return {
    deleteReports: forCdk.length < args.length,
    stackName: context?.slice('stackName='.length) ?? kept(contextFile) ?? usualStackName,
    ...(profile !== undefined && { profile }),
    forCdk,
  };
}

/** Values of an option, `--profile prod` or `--profile=prod`. */
function valuesOf(args: readonly string[], names: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const joined = names.find((name) => arg.startsWith(`${name}=`));
    if (joined !== undefined) return [arg.slice(joined.length + 1)];
    const next = args[index + 1];
    return names.includes(arg) && next !== undefined ? [next] : [];
  });
}

function kept(contextFile: string): string | undefined {
  if (!existsSync(contextFile)) return undefined;
  const { stackName } = JSON.parse(readFileSync(contextFile, 'utf8')) as { stackName?: unknown };
  return typeof stackName === 'string' ? stackName : undefined;
}
