/** The environment of the demo's functions and commands. */

/** What a function or a command finds where it runs. */
export type Variables = Readonly<Record<string, string>>;

/** Runs something with these variables; nothing of the environment that this process was given is used for a cloud. */
export async function withVariables<Result>(
  variables: Variables,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env))
    if (/^(AWS(?!_SDK_JS)|CLUSTERWHY|CLOUDSDK|GOOGLE|GCE|POWERTOOLS)_/.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
