// Builds the command line into dist/ and links it, so that `npx clusterwhy` works in a checkout;
// into another folder, which is not linked, with `node build.mjs FOLDER`.
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: {
    'cli/main': 'functions/cli/main.ts',
    'scan-thread': 'shared/collect/archive/scan-thread.ts',
  },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  sourcemap: true,
  logLevel: 'warning',
});
chmodSync(`${outdir}/cli/main.js`, 0o755);
if (outdir === 'dist') link();

function link() {
  const bin = 'node_modules/.bin';
  if (!existsSync('node_modules')) return;
  mkdirSync(bin, { recursive: true });
  rmSync(`${bin}/clusterwhy`, { force: true });
  if (process.platform === 'win32') {
    writeFileSync(`${bin}/clusterwhy.cmd`, '@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n');
  } else {
    symlinkSync('../../dist/cli/main.js', `${bin}/clusterwhy`);
  }
}
