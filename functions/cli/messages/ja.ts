/** What the command line says in Japanese besides its results. */
import type { CliMessages } from './en.ts';

const numbers = new Intl.NumberFormat('ja-JP');
const number = (value: number): string => numbers.format(value);

/** Steps of the deployed auditor, by their names. */
const steps: Readonly<Record<string, string>> = {
  Plan: '監査対象のアカウントの決定',
  AuditAccounts: 'アカウントの監査',
  AuditAccount: '1 つのアカウントの監査',
  AccountFailed: '監査できなかったアカウント',
  Digest: 'レポートの作成と送信',
};

export const ja: CliMessages = {
  ending: {
    interrupted: '中断されました',
    terminated: '終了しました',
    noCommand:
      'コマンドが指定されていません: "clusterwhy demo" で動作を確認でき、"clusterwhy --help" でコマンドの一覧を表示できます',
  },
  demo: {
    begin:
      'このデモは、このマシン上でシミュレートした AWS と Google Cloud を 3 日間続けて監査します。アカウントもネットワークも不要です。',
    begins: (day) => `${number(day)} 日目: 監査を開始します`,
    steps: {
      gke: () => 'Cloud Function gke: Google Cloud のプロジェクト',
      plan: () => 'Lambda plan: 監査対象のアカウント',
      audit: (account) => `Lambda audit: アカウント ${account}`,
      digest: () => 'Lambda digest: 両クラウドを 1 つのレポートにまとめ、メールと SNS で送信',
    },
    day: (day, date) => `${number(day)} 日目 (${date}): 監査で見つかったもの`,
    between: (day) => `${number(day)} 日目の前に`,
    repaired: (finding) => `検出結果 ${finding} に表示された修正コマンドを実行します:`,
    broke: (role) =>
      `ロール ${role} の信頼ポリシーでサービスアカウント名が書き間違えられ、その Pod が拒否されます。`,
    muted: (mutes) =>
      `当面受け入れるものをミュートのファイルに書きます: ${mutes
        .map(({ rule, reason, expires }) => `${rule} は ${expires} まで (${reason})`)
        .join('、')}。`,
    closed: (project) =>
      `プロジェクト ${project} のクラスターを一覧表示する権限が監査から外されます。そこで未解決だったものは、これだけでは解決済みになりません。`,
    reasons: {
      tooBroad: 'Pod Identity へ移行するまで受け入れる',
      orphaned: 'プロバイダーは今日削除する',
    },
    mail: 'メール:',
    inFull: 'レポートでの表示例 (そのうちの 1 件)',
    unseen: '未解決、今日は調べていません',
    recheck: '修正できたか、翌日を待たずに 1 件だけ確認する',
    rechecked: (finding) => `${finding} に表示された修正を実行しました。もう一度調べます:`,
    history: 'レポートのバケットから見る、発生と解決の履歴',
    files: '保存したファイル',
    index: 'すべての日の一覧 (各ページへのリンク付き):',
    page: '最終日のページ:',
    report: '最終日のレポートのファイル:',
    mailOf: (day) => `${number(day)} 日目のメール:`,
    html: '最終日のメールの HTML:',
  },
  reading: {
    clouds: (clouds) => `${clouds.join(' と ')} を読み取っています`,
    organization: '組織を読み取っています',
    named: 'テキストに示された対象をクラウドで確認しています',
    state: (region, isDone) => `${region}: ${isDone ? '完了' : '読み取り中'}`,
    clusters: (value) => `クラスター ${number(value)} 個`,
    clustersOf: (place, value) => `${place}: クラスター ${number(value)} 個`,
    events: (value) => `イベント ${number(value)} 件`,
    eventsOf: (region, value, covered) => `${region}: イベント ${number(value)} 件、${covered}`,
    covered: (share) => `対象期間の ${Math.floor(share * 100)}%`,
    spent: (seconds, of) => `、${number(of)} 秒中 ${number(seconds)} 秒`,
    minutesLeft: (value) =>
      `、残り約 ${number(value)} 分 (--since を短くするか、--trail でログファイルを読むと短縮できます)`,
    projectsToRead: (value) => `対象プロジェクト ${number(value)} 件`,
    accounts: (done, of) => `アカウント ${number(done)}/${number(of)}`,
    projects: (done, of) => `プロジェクト ${number(done)}/${number(of)}`,
    regions: (done, of) => `リージョン ${number(done)}/${number(of)}`,
    join: (parts) => parts.join('、'),
  },
  audit: {
    allNew: (why) => `すべて新規として表示します: ${why}`,
    noFinding: (id) =>
      `調べた範囲に検出結果 ${id} はありません: 解決済みか、存在しなかったか、指定されたリージョン、期間、クラスター、重大度の範囲外です`,
    below: (left, severity) => `"${severity}" より低い検出結果 ${number(left)} 件は表示していません`,
    broken: (rules) =>
      `clusterwhy: ${rules} は clusterwhy 自身の不具合により失敗しました。レポートの "outcomes" を添えてご報告ください`,
    withoutAws: (remedy) => `認証情報が見つからないため、AWS は対象外とします: ${remedy}`,
    withoutGoogle: (remedy) => `認証情報が見つからないため、Google Cloud は対象外とします: ${remedy}`,
    forgotten: (why) => `今回のクラスターは次回の監査に引き継がれません: ${why}`,
    delivered: (channel, state) => `${channel}: ${state === 'sent' ? '送信しました' : '送信済みです'}`,
  },
  output: {
    report: (path) => `レポートを ${path} に保存しました`,
    result: (path) => `結果を ${path} に保存しました`,
  },
  invoke: {
    begun: (execution) => `実行を開始しました: ${execution}`,
    goesOn: 'このコマンドを中断しても、実行は継続します',
    step: (name) => (Object.hasOwn(steps, name) ? `${name}: ${steps[name]}` : name),
    noSteps: (why) => `ステップを表示できません: ${why}`,
  },
  history: {
    none: (bucket) =>
      `s3://${bucket} にはまだレポートがありません: "clusterwhy invoke" で実行を開始してください`,
  },
  explain: {
    notLookedAt: (cloud, why) => `${cloud} を確認できませんでした: ${why}`,
    noFile: (name) => `ファイル ${name} がないため、エラーのテキストとして読み取りました`,
    live: {
      heading: 'クラウドの現在の状態',
      several: (value) =>
        `このエラーにつながり得る検出結果が ${number(value)} 件あります。テキストには、どれであるかを示す名前がありません (ログをもっと渡すと絞り込めることがあります):`,
      more: (value) => `… ほか ${number(value)} 件。`,
      moreReasons: (value) => `… ほか ${number(value)} 件。`,
      atTheEnd: '根拠と修正方法は最後にあります。',
      state: {
        nothing:
          '現在、このエラーにつながる問題はありません。すでに修正された可能性があります。エラーが続く場合は、以下の原因を確認してください。"clusterwhy audit" はそのほかのすべての検出結果を表示します。',
        undecided: '原因は見つからず、次の点がわかっていません:',
        elsewhere:
          'この原因は Pod、マシン、またはログイン自体でしか確認できず、監査のルールでは判定できないため、クラウドには問い合わせていません。',
        'not looked at': '何も確認していません。',
      },
      otherAccount: (account, looked) =>
        `テキストに示された AWS アカウントは ${account} ですが、認証情報は ${looked} のものです: ${account} にあるもの (ロール、信頼ポリシー、ID プロバイダー) は確認していません。そのアカウントの認証情報を --profile で指定してください`,
      noRecord: (requests, regions) =>
        `${regions.join('、')} の CloudTrail には、リクエスト ${requests.join('、')} の記録が (まだ) ありません: 記録は呼び出しから最大 15 分遅れます。時間をおいて再度実行するか、--region で別のリージョン、--since でより前の時刻を指定してください`,
      noRole: (role, account) =>
        `アカウント ${account} にロール ${role} はありません: 存在しないロールも同じ言葉で拒否されます。サービスアカウントのアノテーションを修正するか、ロールを作成してください`,
      noProvider: (issuer, account) =>
        `アカウント ${account} に ${issuer} の OIDC プロバイダーはありません。自分のクラスターであれば、ロールのアカウントに作成してください:`,
      onlyTold: (calls) =>
        `イベント履歴にはなく、テキストだけで知られる次の呼び出しは、現在のポリシーで判定しました: ${calls.join('、')}`,
      noCall:
        'イベント履歴にこのような拒否された呼び出しはなく (S3 オブジェクト、DynamoDB の項目、メッセージの呼び出しは記録されません)、テキストにこのアカウントのロールとアクションの両方が示されていません: メッセージ全体を渡してください',
      notSeen:
        '読み取ったログとオペレーションにこのような拒否はなく、拒否されたアカウントに現在その権限があるかどうかはわかりません',
      noCluster:
        'クラスターの場所: テキストにプロジェクトとクラスターの両方が示されていないか、プロジェクトのすべてのクラスターを読み取れませんでした',
      notDecoded: (why) =>
        `エンコードされたメッセージをデコードできないため、何が誰に拒否されたのかわかりません: ${why}`,
      notSearched: (why) => `CloudTrail でリクエストを検索できませんでした: ${why}`,
      tooMany:
        'この操作のイベントが多く、1 分では読み取れません。--since を短くするか、--region でリージョンを指定してください',
      older: (time, from) =>
        `エラーは ${time} のものですが、イベントは ${from} 以降を読み取りました: --since でさらに前を指定できます (CloudTrail の保存期間は 90 日です)`,
      noProject: (project, why) =>
        `テキストには Google Cloud のプロジェクトが番号 ${project} で示されていますが、その ID を読み取れませんでした: ${why}`,
      onlyNumbers: 'Google Cloud は確認していません: --project でプロジェクトを指定してください',
      manyProjects: (value) =>
        `Google Cloud は確認していません: テキストにプロジェクトの名前がなく、認証情報から ${number(value)} 件のプロジェクトが見えます。--project で指定してください`,
      isThere: (cluster, location) =>
        `クラスター ${cluster} は現在 ${location} にあります: その後に作成されたか、ログインまたは kubeconfig が古いものです。"gcloud auth login" でログインし直してから、次を実行してください:`,
      isElsewhere: (cluster, locations) => `クラスター ${cluster} は ${locations.join('、')} にあります:`,
      isNowhere: (cluster, project, others) =>
        others.length === 0
          ? `プロジェクト ${project} にはクラスターがありません: ${cluster} は削除されたか、別のプロジェクトにあります`
          : `プロジェクト ${project} にクラスター ${cluster} はありません: 削除されたか、別のプロジェクトにあります。あるのは ${others.join('、')} です`,
    },
  },
  rules: {
    needs: '必要な情報:',
    need: { whole: '全体', partial: '一部でも可', optional: '任意', supporting: '補助' },
  },
  scan: {
    title: (source) => `${source} をスキャンしています`,
    read: (files, megabytes) => `ファイル ${number(files)} 個、JSON ${megabytes} MB`,
    damaged: (files) => `、破損 ${number(files)} 個`,
  },
  canAssume: {
    allowed: '許可',
    denied: '拒否',
    malformed: '不正な形式',
    verdict: {
      Allowed: (caller, role) => `信頼ポリシーは ${caller} が ${role} を引き受けることを許可します。`,
      ImplicitlyDenied: (caller, role) =>
        `${caller} が ${role} を引き受けることを許可するステートメントはありません。`,
      ExplicitlyDenied: (caller, role) => `Deny により、${caller} は ${role} を引き受けることができません。`,
      Malformed: (_, role) => `${role} の信頼ポリシーは IAM に拒否される形式です。`,
    },
    statement: (index) => `ステートメント ${number(index)}`,
    applies: '適用される',
    appliesNot: '適用されない',
    policy: 'ポリシー',
    request: 'リクエスト',
    theRole: 'このロール',
    noKey: '(リクエストにこのキーはありません)',
    nothing: '(なし)',
    causes: () => '原因',
    fix: '修正',
    proven: ' (検証済み)',
  },
};
