/** What the help says in Japanese. */
import { usualMemberRole } from '../../../shared/organization-settings.ts';
import type { HelpMessages } from './help-en.ts';

const profile = 'AWS の設定のプロファイル (デフォルト: AWS_PROFILE)';
const exitZero = '終了コード 3 と 4 の代わりに 0 で終了する';
const stack = 'デプロイ済みのスタックの名前';
const stackRegion = 'スタックのリージョン (デフォルト: AWS の設定のリージョン)';

export const helpJa: HelpMessages = {
  titles: {
    'Usage:': '使用方法:',
    'Arguments:': '引数:',
    'Options:': 'オプション:',
    'Commands:': 'コマンド:',
  },
  examples: '例:',
  choices: (values) => `選択肢: ${values}`,
  defaultsTo: (value) => `デフォルト: ${value}`,
  join: (notes) => notes.join('、'),

  program: {
    does: 'EKS と GKE のワークロードやクラスターがクラウドに拒否されている理由、またはまもなく拒否される理由を説明し、証拠と、検証済みの修正を示します。読み取りだけを行います。',
    version: 'バージョンを表示する',
    help: 'このヘルプを表示する',
    exitCodes: `終了コード:
  0  検出結果なし            3  検出結果あり (can-assume では拒否)
  1  実行できなかった        4  検出結果はないが、確認できなかったものがある`,
    begin: '最初に試すコマンド:',
  },
  common: {
    color: '色を付けずに表示する (NO_COLOR でも同じ)',
    quiet: '標準エラー出力に進行状況と注記を表示しない',
    lang: '結果、注記、エラー、ヘルプの言語 (デフォルト: CLUSTERWHY_LANG、なければ en)',
    logLevel: '標準エラー出力に表示する内容',
    result: '結果の形式',
    report: 'レポートの形式 (デフォルト: text)',
    reportFile:
      'レポートを標準出力の代わりにファイルに書き込む。形式は名前の末尾 (.txt .json .html .csv .ocsf) で決まる。複数回指定可能',
    severity: 'これより重大度が低い検出結果を除く',
  },
  demo: {
    does: 'このマシン上でシミュレートした両方のクラウドを 3 日間続けて監査する: レポート、ページ、メール。アカウントもネットワークも不要',
  },
  audit: {
    does: '手元の認証情報で AWS アカウントと Google Cloud プロジェクトを監査する',
    aws: 'AWS を読み取る。--gcp がなければ Google Cloud は読み取らない (デフォルト: 認証情報があるもの)',
    gcp: 'Google Cloud を読み取る。--aws がなければ AWS は読み取らない (デフォルト: 認証情報があるもの)',
    profile,
    region: 'AWS リージョン、コンマ区切り (デフォルト: 有効なすべてのリージョン)',
    awsOrganization: 'AWS 組織のすべてのアカウントを、それぞれのロールを使って監査する',
    memberRole: `--aws-organization とともに: 各アカウントのロール (デフォルト: ${usualMemberRole})`,
    externalId: '--aws-organization とともに: ロールが要求する外部 ID',
    project:
      'Google Cloud プロジェクト、コンマ区切り (デフォルト: CLOUDSDK_CORE_PROJECT、なければ参照できるすべて)',
    organization: 'Google Cloud 組織のすべてのプロジェクト',
    canary:
      'GKE クラスターに到達できなければならないプリンシパル: principal=serviceAccount:EMAIL,cluster=NAME[,location=PLACE][,project=ID][,permission=NAME] の形式。複数回指定可能',
    cluster: 'これらのクラスターだけ、名前または ARN',
    since: 'イベントをさかのぼって読み取る期間、90m、24h、7d など',
    kubernetes:
      'クラスター自身の API サーバーに問い合わせるか: 応答する場合 (auto)、または問い合わせない (never)',
    trail:
      'CloudTrail のイベント履歴の代わりに、証跡のログファイル (s3://BUCKET/PREFIX またはフォルダー) から拒否を読み取る',
    connect: '各 GKE クラスターのエンドポイントを、kubectl と同じ手順で 1 段階ずつ試す',
    check: 'これらのルールだけ、ID で指定',
    finding: 'この検出結果がまだ存在するかを確認する',
    mute: '期限を決めて許容する検出結果を記載した YAML または JSON ファイル',
    deliver: '環境変数 CLUSTERWHY_ の設定に従って、レポートの送信も行う',
    exitZero,
    everything: '両方のクラウド、有効な全リージョン、直近 1 日',
  },
  invoke: {
    does: 'デプロイ済みの監査を開始する。--wait で進行を追い、そのレポートを表示する',
    payload: '対象の指定: regions、since、clusters、checks、deliver',
    wait: '実行を最後まで追い、そのレポートを表示する',
    stack,
    stateMachine: 'スタックのものの代わりに使うステートマシン',
    profile,
    region: stackRegion,
    exitZero,
  },
  history: {
    does: 'デプロイ済みの監査のバケットから、新たに検出されたものと解決したものを日ごとに表示する',
    days: '最新の日から数えた日数 (デフォルト: 保存されているすべて)',
    bucket: 'レポートのバケット (デフォルト: CLUSTERWHY_BUCKET、なければスタックのバケット)',
    stack,
    profile,
    region: stackRegion,
  },
  explain: {
    does: '貼り付けたエラー、ログ、CloudTrail レコードの意味と対処を説明する',
    text: 'エラー、またはエラーを含むファイル。"-" または指定なしで標準入力',
    live: 'テキストに示された対象を、手元の認証情報でクラウドでも確認する',
    profile: '--live とともに: AWS の設定のプロファイル (デフォルト: AWS_PROFILE)',
    region: '--live とともに: AWS リージョン (デフォルト: テキストに示されたもの)',
    project: '--live とともに: Google Cloud プロジェクト (デフォルト: テキストに示されたもの)',
    since: '--live とともに: イベントをさかのぼって読み取る期間、90m、24h、7d など',
    closing: `長さを問わずログを読み取ります。CloudTrail と監査ログのレコードは、全体でも一部でも
JSON として読み取ります。既知のエラーではないテキストについては、その旨を表示します。
終了コードは 0 です。`,
  },
  scan: {
    does: 'ディスクまたは S3 にある CloudTrail のログファイル (非圧縮または圧縮) から、ワークロードの拒否された呼び出しを見つける。--diagnose で原因を説明する',
    place: 'フォルダー、ファイル、または証跡の s3://BUCKET/PREFIX',
    since:
      'この時点以降の呼び出しだけ: 2026-01-31、2026-01-31T06:00:00Z、または 24h や 7d (現在からさかのぼる期間)',
    until: 'この時点より前の呼び出しだけ',
    account: 'これらのアカウントだけ、コンマ区切り',
    region: 'これらのリージョンだけ、コンマ区切り',
    profile: 'S3 と --diagnose に使う、AWS の設定のプロファイル',
    diagnose: '見つかったものの原因を、手元の認証情報を使って監査と同じように説明する',
    athenaSql:
      '何も読み取らず、証跡に対するテーブルと同じ問い合わせを Athena 用に表示する。その結果 (CSV または JSON Lines) は scan で読み取れる',
    resume: '読み取ったものをこのファイルに保存し、続きから実行する。新しいファイルの内容は追加される',
    threads: '読み取りに使うスレッド数 (デフォルト: コアごとに 1、最大 8)',
    result: '結果の形式 (デフォルト: text)',
    resultFile: '結果を標準出力の代わりにファイルに書き込む',
    exitZero,
    again: '再度実行すると、続きから読み取るか、新しい分を追加',
    closing: `破損したファイルは名前を示し、ほかのファイルは読み取ります。S3 では、指定された
アカウント、リージョン、日付のプレフィックスだけを一覧表示します。必要な権限は
s3:ListBucket と s3:GetObject です。--diagnose なしの結果は拒否された呼び出しだけで、
原因は含みません。拒否された呼び出しがある場合、終了コードは 3 です。`,
  },
  canAssume: {
    does: 'サービスアカウントがロールを引き受けられるか、引き受けられない場合はその理由と修正方法を説明する',
    trustPolicy: 'ポリシー、または "aws iam get-role" の出力。"-" で標準入力',
    role: 'このロールのポリシーを AWS から読み取る (iam:GetRole)',
    profile: '--role に使う、AWS の設定のプロファイル',
    issuer: '呼び出し元のクラスターの OIDC 発行者',
    serviceAccount: '呼び出し元のサービスアカウント',
    subject: 'トークンの "sub"。--service-account の代わりに指定',
    audience: 'トークンの "aud"',
    roleArn: 'ロールの ARN (ファイルに記載がない場合)',
    context: 'リクエストの条件キー。複数回指定可能',
    batch: 'ポリシーとリクエストの JSON Lines に答える。"-" で標準入力',
    closing: `バッチの 1 行の形式:
  {"trustPolicy": {...}, "request": {"issuer", "roleArn", "claims": {"sub", "aud"}, "context"}}
任意で "id" を付けられます。答えは {"verdict", "causes", "statements", "fix"}、または
{"error"} です。`,
  },
  rules: {
    does: 'ルールを一覧表示する、または 1 つのルールを説明する',
    id: 'ルール、eks/irsa-trust-subject など',
  },
  permissions: {
    does: '監査の読み取りに必要な権限を表示する: IAM ポリシー、カスタムロール、EKS クラスターの ClusterRole',
    of: '対象 (デフォルト: 両方のクラウドの権限)',
  },
  memberRole: {
    does: 'AWS 組織のメンバーアカウントに StackSets で展開する CloudFormation テンプレートを表示する',
    template: '監査者に読み取りを許可するロール、または拒否された呼び出しを発生時に転送するルール',
    auditorRoles: '監査者のロール: スタックの出力 AuditorRoleArns',
    externalId: '監査者が指定する外部 ID',
    memberRole: `ロールの名前 (デフォルト: ${usualMemberRole})`,
    busArn: '監査者のイベントバス: スタックの出力 DenialBusArn',
    parameters: '指定しなかったものは、スタックのパラメータになります。',
  },
};
