import { environment, readCaptureSettings, readSettings } from '../../shared/settings.ts';

const whole = {
  [environment.denialsTable]: 'clusterwhy-Denials-1A2B',
  [environment.auditFunction]: 'clusterwhy-Audit',
  [environment.digestFunction]: 'clusterwhy-Digest',
  [environment.messagesAnHour]: '4',
  [environment.coolDownHours]: '24',
};

describe('the settings of the capture', () => {
  it('are read', () => {
    expect(readCaptureSettings(whole)).toEqual({
      denialsTable: 'clusterwhy-Denials-1A2B',
      auditFunction: 'clusterwhy-Audit',
      digestFunction: 'clusterwhy-Digest',
      messagesAnHour: 4,
      coolDownHours: 24,
    });
  });

  it.each<[string, string | undefined, RegExp]>([
    [environment.denialsTable, undefined, /the name of a DynamoDB table/],
    [environment.denialsTable, 'a table', /the name of a DynamoDB table/],
    [environment.auditFunction, '', /the name of a Lambda function/],
    [environment.digestFunction, 'x y', /the name of a Lambda function/],
    [environment.messagesAnHour, '0', /a whole number from 1/],
    [environment.coolDownHours, 'day', /a whole number from 1/],
  ])('refuse %s=%j, and say what is allowed', (name, value, allowed) => {
    const read = () => readCaptureSettings({ ...whole, [name]: value });
    expect(read).toThrow(allowed);
    expect(read).toThrow(`Cannot use ${name}=`);
  });

  it('are told to the audit as far as it needs them', () => {
    const read = readSettings({ ...whole, [environment.captureRegions]: 'eu-west-1,us-east-1' });
    expect(read).toMatchObject({
      denialsTable: 'clusterwhy-Denials-1A2B',
      captureRegions: ['eu-west-1', 'us-east-1'],
    });
  });
});
