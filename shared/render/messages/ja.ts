/** What the renderers say in Japanese. */
import type { Messages, Whole } from './en.ts';
import type { SubjectKind } from '../../report.ts';
import { isMoment } from './moment.ts';

const numbers = new Intl.NumberFormat('ja-JP');
const lists = new Intl.ListFormat('ja-JP', { type: 'conjunction' });
const days = new Intl.DateTimeFormat('ja-JP', { dateStyle: 'medium', timeZone: 'UTC' });
const moments = new Intl.DateTimeFormat('ja-JP', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});

const number = (value: number): string => numbers.format(value);

/** `a、b、c`. */
const list = (items: readonly string[]): string => lists.format(items);

const items = (value: number): string => `${number(value)} 件`;

/** `a、b ほか 3 件`. */
const firstFew = (all: readonly string[], most: number): string =>
  all.length <= most ? list(all) : `${list(all.slice(0, most))} ほか ${items(all.length - most)}`;

/** Of moments that are empty where there is no bound. */
const between = (from: string, to: string): string =>
  `${from === '' ? '' : `${from} から `}${to === '' ? '' : `${to} までに`}${from !== '' && to === '' ? 'は' : ''}`;

const places: Readonly<Record<string, string>> = {
  'all projects': 'すべてのプロジェクト',
  'the account of the credentials': '認証情報のアカウント',
};

const kinds: Readonly<Record<SubjectKind, string>> = {
  annotation: 'アノテーション',
  api: 'API',
  association: '関連付け',
  binding: 'バインディング',
  cluster: 'クラスター',
  issuer: '発行者',
  key: '鍵',
  'NAT gateway': 'NAT ゲートウェイ',
  'node pool': 'ノードプール',
  'oidc-provider': 'OIDC プロバイダー',
  principal: 'プリンシパル',
  program: 'プログラム',
  region: 'リージョン',
  role: 'ロール',
  'route table': 'ルートテーブル',
  'security group': 'セキュリティグループ',
  'service account': 'サービスアカウント',
  'service agent': 'サービスエージェント',
  VPC: 'VPC',
  'VPC endpoint': 'VPC エンドポイント',
};

/** A kind that an older report has stays as it is. */
function isKind(kind: string): kind is SubjectKind {
  return Object.hasOwn(kinds, kind);
}

/** `組織 o-… の 3 アカウント`. */
function wholeOf(whole: string | null, unit: string): Whole {
  const of = whole === null ? '' : `${whole} の `;
  const some = (value: number) => `${number(value)} ${unit}`;
  return {
    all: (value) => of + some(value),
    part: (value, all) => `${of}${some(all)}中 ${number(value)}`,
    some,
  };
}

export const ja: Messages = {
  language: 'ja',
  number,
  list,
  firstFew,
  /** `2026/01/01 06:00 UTC`. */
  moment: (iso) => (isMoment(iso) ? `${moments.format(new Date(iso))} UTC` : iso),
  day: (iso) => (isMoment(`${iso}T00:00Z`) ? days.format(new Date(`${iso}T00:00Z`)) : iso),
  span: (value, unit) =>
    new Intl.NumberFormat('ja-JP', { style: 'unit', unit, unitDisplay: 'long' }).format(value),
  severity: { critical: '重大', high: '高', medium: '中', low: '低', info: '情報' },
  change: { new: '新規', open: '継続', changed: '変更', resolved: '解決', muted: 'ミュート' },
  fix: { proven: '検証済み', advice: '助言' },
  place: (account) => (Object.hasOwn(places, account) ? (places[account] ?? account) : account),
  kind: (kind) => (isKind(kind) ? kinds[kind] : kind),
  counted: (value, what) => `${what} ${items(value)}`,
  join: (counts) => counts.join('、'),
  joinNotes: (notes) => notes.join('、'),
  joinSentences: (sentences) => sentences.join(''),
  titled: (title, text) => `${title}: ${text}`,
  aside: (text) => ` (${text})`,
  findings: (value) => `検出結果 ${items(value)}`,
  clusters: (value) => `${number(value)} クラスター`,
  moreLines: (value) => `ほか ${number(value)} 行`,
  moreFindings: (value) => `ほか ${items(value)}`,
  noReason: '理由は示されていません',
  moreCharacters: (value) => `ほか ${number(value)} 文字`,
  linesCut: (value) => `… ほか ${number(value)} 行`,
  legend:
    '検証済み: 修正後のポリシーを再評価し、拒否された呼び出し元を許可すること、それに近いほかの呼び出し元は引き続き拒否することを確認しています。助言: 適用するかどうかは人が判断します。変更は一切行っていません。',
  possiblySent:
    '送信済みの可能性があります: 以前の送信が、このレポートが届いたかどうかを確認できる前に中断しました。',
  wholeReport: (address) => `レポート全体: ${address}`,
  likewise: (place, others) => `${place}、および ${others}`,
  nothingFound: '検出結果はありません',

  summary: {
    news: (news) => `前回のレポート以降: ${list(news)}。`,
    noNews: '前回のレポートから変化はありません。',
    nothing: '検出結果はありません。',
    found: (findings, counts) => `検出結果は ${items(findings)}: ${counts}。`,
    looked: (clusters, places) => {
      if (places === null) return '調べた場所はありません。';
      const rest =
        clusters === null ? 'を調べました。' : `で、クラスター ${number(clusters)} 個を調べました。`;
      return /[\x21-\x7e]$/.test(places) ? `${places} ${rest}` : places + rest;
    },
    none: (from, to) =>
      `${from} から ${to} までに、拒否された呼び出しは見つかりませんでした。ただし、イベントを残さない障害も多いため、問題がないことを示すものではありません。`,
    partlyNone: (from, to) =>
      `${from} から ${to} までの拒否された呼び出しは、最後まで読み取れませんでした。読み取れた範囲では見つかっていません。`,
    refused: (calls, distinct, from, to) =>
      `${from} から ${to} までに拒否された呼び出しは ${items(calls)} (${number(distinct)} 種類) です。`,
    refusedAtLeast: (calls, distinct, from, to) =>
      `${from} から ${to} までに拒否された呼び出しは少なくとも ${items(calls)} (${number(distinct)} 種類) です。すべては読み取れませんでした。`,
    undecided: (rules) => `判定できなかったルールが ${items(rules)}`,
    broke: (rules) => `失敗したルールが ${items(rules)}`,
    unread: (facts) => `最後まで読み取れなかった項目が ${items(facts)}`,
    seeEnd: (parts) => `${list(parts)}あります。詳細はレポートの末尾にあります。`,
    muted: (findings) => `ミュート中の検出結果 ${items(findings)}は数に含みません。`,
    expired: (mutes, findings) =>
      `期限の切れたミュートが ${items(mutes)}あり、検出結果 ${items(findings)}を再び数に含めています。`,
  },

  subject: {
    line: (news, counts, where) =>
      `clusterwhy: ${news}${counts === '' ? '' : ` (${counts})`}${where === '' ? '' : `: ${where}`}`,
    open: (value) => `継続 ${items(value)}`,
    lower: (value) => `それ以下 ${items(value)}`,
    noChange: '変化なし',
    nothing: '検出結果なし',
    nothingElse: (news) => `${news}、ほかに検出結果なし`,
    blind: ' (一部は読み取れず)',
    more: (first, others) => `${first} ほか ${items(others)}`,
  },

  organization: {
    named: (id) => `組織 ${id}`,
    folder: (id) => `フォルダ ${id}`,
    accountsOf: (whole) => wholeOf(whole, 'アカウント'),
    projectsOf: (whole) => wholeOf(whole, 'プロジェクト'),
    affected: (affected, all, { part }) => part(affected, all),
    looked: (members, { all, some }, failed) =>
      `${all(members)}${failed > 0 ? ` (うち ${some(failed)}は監査できませんでした)` : ''}`,
    broken: '問題の一覧 (重大度順)',
    counts: (findings, news) => `${items(findings)}${news > 0 ? ` (新規 ${items(news)})` : ''}`,
    owner: (name, findings) => `${name} (${items(findings)})`,
    leftOut: (findings) =>
      `ほか ${items(findings)}の検出結果は、各アカウントのレポートにあります: 保存されたこのレポートと同じ場所の compared/ACCOUNT.json。`,
    leftOutOfBatches: (findings, files) =>
      `ほか ${items(findings)}の検出結果は、バッチごとのレポートにあります: バケットの ${files}。`,
    columns: ['重大度', '内容', '検出結果', '新規', '所有者'],
  },

  finding: {
    subject: '対象',
    workload: 'ワークロード',
    cause: '原因',
    alsoWrong: 'ほかの誤り',
    evidence: '根拠',
    refused: '拒否',
    events: 'イベント',
    muted: 'ミュート',
    fix: '修正',
    more: '参考資料',
    age: (time) => `${time}前から継続`,
    wasOpen: (time) => `継続期間 ${time}`,
    mutedUntil: (until, reason) => `${until} までミュート: ${reason}`,
    wasMuted: (until, reason) => `${until} にミュートの期限が切れたため、再び数に含めています: ${reason}`,
    serviceAccount: (name, namespace) => `名前空間 ${namespace} のサービスアカウント ${name}`,
    denial: (code, times, first, last) => `${code}、${number(times)} 回、最初 ${first}、最後 ${last}`,
    command: 'コマンド',
    provenPolicy: '修正後のポリシー',
    advisedPolicy: 'ポリシー (この許可が意図したものである場合のみ)',
  },

  sections: {
    changed: '変化したもの',
    open: '継続中のもの (古い順)',
    rest: '調べられなかったもの、その他',
    also: 'そのほかの検出結果',
    resolved: '解決したもの',
    muted: 'ミュート中のもの (数に含みません)',
    expired: '期限の切れたミュート',
    broken: '失敗したルール (clusterwhy の不具合です。ご報告ください)',
    undecided: '判定できなかったルール',
    holes: '調べられなかったもの、一部しか調べられなかったもの',
    passed: '問題が見つからなかったルール',
    read: '最後まで読み取ったもの',
  },

  lines: {
    run: (tool, version, runId) => `${tool} ${version}、実行 ${runId}`,
    rules: (why, rules) => `${why}${why.endsWith('。') ? '' : '。'}ルール: ${rules}`,
    where: (places) => ` (${places})`,
    permission: (name) => ` (不足している権限: ${name})`,
    expired: (at, findings) => `${at} に期限切れ、検出結果 ${items(findings)}を再び数に含めています`,
    nothingRead: (places) => `なし: レポートの ${number(places)} か所について、読み取りの記録がありません`,
  },

  cut: {
    missing: (left, all, counts, where) =>
      `長さの制限により、検出結果 ${items(all)}のうち ${items(left)} (${counts}) を省略しています。レポート全体は${where}`,
    at: (address) => `こちらです: ${address}`,
    inBucket: 'レポートのバケットにあるほか、"clusterwhy audit" で表示できます',
    values: (values, attribute) => `属性 "${attribute}" の値 ${items(values)}`,
    attributes: (cut) => `長さの制限により、このメッセージの属性から ${list(cut)} を省略しています。`,
  },

  mail: {
    wholeReport: 'レポート全体を開く',
    inReport: 'レポートで見る',
    run: (tool, runId, from, to) => `${tool}、実行 ${runId}、${from} から ${to} までのイベント。`,
    why: 'このメールは、監査の設定に登録されたアドレスに送信しています。',
  },

  page: {
    skip: '本文へ移動',
    bySeverity: '重大度別の検出結果',
    clusters: 'クラスター',
    overview: '概要',
    span: (tool, from, to) => `${tool}、${from} から ${to} まで`,
    run: (tool, runId, from, to) => `${tool}、実行 ${runId}、${from} から ${to} まで`,
    permission: '不足している権限:',
    address: 'この検出結果の固定アドレス',
    references: '参考資料',
    diff: 'ポリシーの変更点',
    goes: '削除: ',
    comes: '追加: ',
    unchanged: (lines) => `… ${number(lines)} 行は変更なし`,
    copy: 'コピー',
    copied: 'コピーしました',
    selected: '選択しました',
    shown: '検出結果 {all} 件のうち {shown} 件を表示しています',
  },

  filters: {
    title: '検出結果の絞り込み',
    all: 'すべて',
    cloud: 'クラウド',
    account: 'アカウント、プロジェクト',
    cluster: 'クラスター',
    severity: '重大度',
    change: '変化',
    rule: 'ルール',
    text: '文字列',
    sort: '並び順',
    worst: '重大なものから',
    oldest: '継続期間の長いものから',
    newest: '新しいものから',
    clear: 'すべて表示',
    option: (name, value) => `${name} (${number(value)})`,
  },

  grid: {
    caption: '調べた範囲',
    shape: (cloud, clusters, checks) =>
      `${cloud}: クラスター ${number(clusters)} 個、チェック ${items(checks)}`,
    counts: (found, pass, unknown) =>
      `検出 ${items(found)}、検出なし ${items(pass)}、判定不能 ${items(unknown)}`,
    alt: (caption, shape, counts) => `${caption}。${shape}、${counts}。`,
    state: { pass: '検出なし', unknown: '判定不能', broken: '失敗' },
    found: '検出 (重大度別)',
    pass: '検出なし',
    unknown: '判定不能、または失敗',
    more: (clusters) => `ほか ${number(clusters)} クラスター (これより重大なものはありません)`,
  },

  chart: {
    caption: '検出結果の推移',
    trend: (reports, from, since, to) =>
      `レポート ${items(reports)}: ${since} は ${items(from)}、最新は ${items(to)}。`,
    alt: (caption, trend) => `${caption}。${trend}`,
  },

  history: {
    title: 'clusterwhy のレポート',
    reports: (reports) => `${items(reports)} (新しい順)`,
    none: '保存されているレポートはありません。',
    nothing: '検出結果なし',
    standing: (counts) => `未解決: ${counts}`,
    noChange: '変化なし',
    muted: (findings) => `ミュート ${items(findings)}`,
    mutedFindings: (findings) => `ミュート ${items(findings)}`,
    gaps: (gaps) => `調べられなかったもの ${items(gaps)}`,
    opened: '発生',
    closed: '解決',
    openFor: (time) => `、継続期間 ${time}`,
  },

  explain: {
    seen: '出現',
    text: 'テキスト',
    names: '対象',
    also: 'その他',
    what: '内容',
    usually: '主な原因',
    not: '該当しない',
    more: '参考資料',
    empty:
      '何も読み取れませんでした: テキストが空です。パイプの前のコマンドが失敗していないか確認してください。',
    unknown: (lines) =>
      `${number(lines)} 行の中に clusterwhy が知っているエラーはないため、推測はしません。clusterwhy が扱うのは、AWS と Google Cloud のアイデンティティ、権限、エンドポイントに関するエラーです: docs/errors.md を参照してください。`,
    line: (index) => `${number(index)} 行目`,
    once: (where) => `1 回、${where}`,
    times: (value, first, last) => `${number(value)} 回、最初は ${first}、最後は ${last}`,
    named: {
      roleArn: 'ロール',
      subject: 'サービスアカウント',
      principal: '呼び出し元',
      action: 'アクション',
      permission: '権限',
      resource: 'リソース',
      policyArn: 'ポリシー',
      issuer: '発行者',
      host: 'エンドポイント',
      cluster: 'クラスター',
      location: 'ロケーション',
      nodePool: 'ノードプール',
      project: 'プロジェクト',
      serviceAccountEmail: 'アカウント',
      instanceId: 'インスタンス',
      region: 'リージョン',
      pod: 'Pod',
      requestId: 'リクエスト ID',
      eventId: 'イベント ID',
    },
    often: (value) => `${number(value)} 回: `,
    case: (index, of) => `対象 ${number(index)}/${of}`,
    asInCase: (index, isSame) =>
      isSame
        ? `対象 ${number(index)} と同じです。`
        : `対象 ${number(index)} と同じです。この対象のコマンドは次のとおりです。`,
    untold: (value, isLeast) =>
      `テキストには、このエラーの対象がほかに ${number(value)} 件${isLeast ? '以上' : ''}あります。それぞれのコマンドは、該当する行だけを渡すと表示されます。`,
    placeholders: '次の値はテキストに示されていません。それぞれ、次の方法または場所で確認できます:',
  },

  scan: {
    read: (tool, files, before, source, size) =>
      `${tool} は ${source} のログファイル ${number(files)} 個${before > 0 ? ` (うち ${number(before)} 個は以前)` : ''}、JSON ${size} を読み取りました。`,
    none: (from, to) =>
      `${between(from, to)}ワークロードの拒否された呼び出しは見つかりませんでした。ただし、イベントを残さない障害も多いため、問題がないことを示すものではありません。`,
    found: (calls, distinct, from, to) =>
      `${between(from, to)}拒否された呼び出しは ${items(calls)} (${number(distinct)} 種類) です。`,
    calls: (value) => `呼び出し ${number(value)} 件`,
    role: 'ロール',
    caller: '呼び出し元',
    provider: 'プロバイダー',
    resource: 'リソース',
    account: 'アカウント',
    message: 'メッセージ',
    seen: '時刻',
    events: 'イベント',
    span: (first, last) => `最初 ${first}、最後 ${last}`,
    moreDenials: (value) => `ほか ${number(value)} 件の拒否があります: --output json を参照してください`,
    moreLines: (value) => `ほか ${number(value)} 行あります: --output json を参照してください`,
  },
};
