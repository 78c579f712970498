// Prints "PASSED FAILED" of a report of jest; a suite that could not run counts as one failure.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = report;
console.log(numPassedTests, numFailedTests + numRuntimeErrorTestSuites);
