import { gapsOf } from '../../infra/schedule.ts';

describe('gapsOf()', () => {
  it.each([
    ['rate(1 hour)', 'UTC', 1, 1],
    ['rate(90 minutes)', 'UTC', 1.5, 1.5],
    ['rate(2 days)', 'UTC', 48, 48],
    ['cron(0 6 * * ? *)', 'UTC', 24, 24],
    ['cron(0 6 ? * * *)', 'UTC', 24, 24],
    ['cron(30 6,18 * * ? *)', 'UTC', 12, 12],
    ['cron(0 0/8 * * ? *)', 'UTC', 8, 8],
    ['cron(0 */6 * * ? *)', 'UTC', 6, 6],
    ['cron(0 6 ? * MON-FRI *)', 'UTC', 24, 72],
    ['cron(0 6 ? * 2-6 *)', 'UTC', 24, 72],
    ['cron(0 6 ? * mon,thu *)', 'UTC', 72, 96],
    ['cron(0 6 ? * SUN *)', 'UTC', 168, 168],
    ['cron(0 6 ? * L *)', 'UTC', 168, 168],
    ['cron(0 6 1 * ? *)', 'UTC', 28 * 24, 31 * 24],
    ['cron(0 6 L * ? *)', 'UTC', 28 * 24, 31 * 24],
    ['cron(0 6 1,15 * ? *)', 'UTC', 14 * 24, 17 * 24],
    ['cron(0 6 29 2 ? *)', 'UTC', 1461 * 24, 1461 * 24],
    ['cron(0 6 ? * 3#1 *)', 'UTC', 28 * 24, 35 * 24],
    ['cron(0 6 ? * 6L *)', 'UTC', 28 * 24, 35 * 24],
    ['cron(0 6 ? * FRIL *)', 'UTC', 28 * 24, 35 * 24],
  ])('reads %s in %s as every %d to %d hours', (expression, timezone, shortest, longest) => {
    expect(gapsOf(expression, timezone)).toEqual({ shortest, longest });
  });

  it('counts the hour by which clocks change', () => {
    expect(gapsOf('cron(0 6 * * ? *)', 'Europe/Stockholm')).toEqual({ shortest: 24, longest: 25 });
    expect(gapsOf('cron(0 6 * * ? *)', 'Asia/Tokyo')).toEqual({ shortest: 24, longest: 24 });
    expect(gapsOf('cron(0 6 * * ? *)', 'Australia/Lord_Howe')).toEqual({ shortest: 24, longest: 24.5 });
  });

  it('puts 1W on the first weekday of a month, and never in another month', () => {
    // In May 2027 the first is a Saturday, in August 2027 a Sunday.
    expect(gapsOf('cron(0 6 1W * ? *)', 'UTC')).toEqual({ shortest: 28 * 24, longest: 33 * 24 });
    expect(gapsOf('cron(0 6 31W 8 ? *)', 'UTC')?.longest).toBeGreaterThan(365 * 24);
  });

  it.each([
    '',
    'daily',
    'rate(0 hours)',
    'rate(-1 hours)',
    'rate(1 week)',
    'rate(1)',
    'at(2030-01-01T00:00:00)',
    'cron()',
    'cron(0 6 * * *)',
    'cron(0 6 * * ? 2030)',
    'cron(0 6 * * ? * *)',
    'cron(0 6 * * * *)',
    'cron(0 6 ? * ? *)',
    'cron(60 6 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 6 32 * ? *)',
    'cron(0 6 0 * ? *)',
    'cron(0 6 * 13 ? *)',
    'cron(0 6 ? * 8 *)',
    'cron(0 6 ? * 3#6 *)',
    'cron(0 6 ? * MOO *)',
    'cron(0/0 6 * * ? *)',
    'cron(9-3 6 * * ? *)',
    'cron(0 6 30 2 ? *)',
    'cron(0 6 * * ? *) ; rm',
    'cron(0,, 6 * * ? *)',
  ])('knows no schedule in %j', (expression) => {
    expect(gapsOf(expression, 'UTC')).toBeNull();
  });
});
