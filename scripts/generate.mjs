// Writes the generated files, or with --check says which of them are not current.
import { argv, exit } from 'node:process';
import { tsImport } from 'tsx/esm/api';

const { generate } = await tsImport('./generate/generate.ts', import.meta.url);
exit(await generate({ check: argv.includes('--check') }));
