// Fails when package-lock.json lacks a platform package that one of its packages lists as optional:
// `npm ci` would refuse such a lockfile, or leave other platforms without their binaries.
import { readFileSync } from 'node:fs';
import { argv, exit } from 'node:process';

const path = argv[2] ?? 'package-lock.json';
const { packages } = JSON.parse(readFileSync(path, 'utf8'));
const gaps = Object.entries(packages).flatMap(([folder, { version, optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !resolves(folder, name))
    .map((name) => `${folder || 'the project'}@${version} lacks ${name}`),
);
for (const gap of gaps) console.error(`${path}: ${gap}`);
console.log(
  gaps.length === 0
    ? `${path} is complete`
    : `${path} has ${gaps.length} gaps: pin versions whose platform packages exist`,
);
exit(gaps.length === 0 ? 0 : 1);

/** Whether Node would find the package from the folder: in its own node_modules or in one further up. */
function resolves(folder, name) {
  for (let place = folder; ; place = parent(place)) {
    if (packages[`${place ? `${place}/` : ''}node_modules/${name}`]) return true;
    if (place === '') return false;
  }
}

function parent(folder) {
  const cut = folder.lastIndexOf('node_modules/');
  return cut > 0 ? folder.slice(0, cut - 1) : '';
}
