/** In which regions refused calls are captured, and how the others reach the region of the stack. */
import { RegionInfo } from 'aws-cdk-lib/region-info';

export interface CapturedRegions {
  /** Whether the stack's own region is among them. */
  home: boolean;
  /** Those that forward to it, sorted. */
  others: string[];
}

/** Calls to the global endpoint of STS are recorded in us-east-1, which is why it is always one of them in that partition. */
export function capturedRegions(asked: readonly string[], home: string): CapturedRegions {
  const partition = RegionInfo.get(home).partition ?? 'aws';
  const all = new Set(partition === 'aws' ? [...asked, 'us-east-1'] : asked);
  return { home: all.has(home), others: [...all].filter((region) => region !== home).sort() };
}

/** Name of the bus that other regions forward to. */
export function denialBusName(stackName: string): string {
  return `${stackName}-denials`;
}
