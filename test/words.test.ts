import { en, ja, joinWords } from '../shared/words.ts';

const agent = { en: 'agent', ja: 'エージェント' };

describe('the tags of languages', () => {
  it('take the parts in their language', () => {
    expect([en`the ${agent} lacks ${2} roles`, ja`${agent} に ${2} 個のロールがありません`]).toEqual([
      'the agent lacks 2 roles',
      'エージェントに 2 個のロールがありません',
    ]);
  });

  it('have spaces in Japanese only beside what is not', () => {
    expect(ja`プロジェクト ${'p'} の ${agent} に ${'roles/x'} を`).toBe(
      'プロジェクト p のエージェントに roles/x を',
    );
    expect(ja`${'サーバー'} の ${agent}、${'(注)'} です`).toBe('サーバーのエージェント、(注) です');
  });

  it('leave what a stranger wrote as it is', () => {
    expect(ja`${'本番 環境'} の ${'x  y'}`).toBe('本番 環境の x  y');
    expect(en`${'日本'} ${'日本'}`).toBe('日本 日本');
  });
});

describe('joinWords()', () => {
  it('joins in every language, and spaces as the tags do', () => {
    const parts = [agent, { en: 'role', ja: 'ロール' }, 'x'];
    expect(joinWords(parts, { en: ' and ', ja: ' と ' })).toEqual({
      en: 'agent and role and x',
      ja: 'エージェントとロールと x',
    });
  });

  it('stays plain where all is', () => {
    expect([joinWords(['a', 'b'], ', '), joinWords(['a'], { en: ' and ', ja: ' と ' })]).toEqual([
      'a, b',
      'a',
    ]);
    expect(joinWords([], ', ')).toBe('');
  });
});
