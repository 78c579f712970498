/**
 * What the scanner does in AssemblyScript, a strict form of TypeScript: `npm run generate` compiles it to WebAssembly. Only
 * the few loops that look at every byte are here.
 */
export { blockBytes, window, windowBytes } from './window';
export {
  begin,
  found,
  isWhole,
  keepFrom,
  mostTokens,
  tokenBytes,
  tokens,
  walk,
  walkLast,
} from './find-elements';
export { hashCaller, isLike, mostPatterns, patternBytes, patterns } from './compare-records';
