/** What is wrong with a log file, in every language: threads and states of scans hold it in English. */
import { quoted, type Localized } from '../../words.ts';

/** What `DamagedFile` and `UnreadableFile` say, with the parts that a file, a system or a cloud says as they are. */
const known: readonly [form: RegExp, inJapanese: string][] = [
  [/^a record of it is no JSON$/, 'レコードが JSON ではありません'],
  [/^it is empty$/, '空です'],
  [/^its JSON is cut off$/, 'JSON が途中で切れています'],
  [
    /^it has no "Records", and so is no log file of CloudTrail$/,
    '"Records" がないため、CloudTrail のログファイルではありません',
  ],
  [/^it is no JSON$/, 'JSON ではありません'],
  [/^it is no log file of CloudTrail$/, 'CloudTrail のログファイルではありません'],
  [/^its JSON is not well-formed$/, 'JSON の形式が正しくありません'],
  [/^it has a record of more than (\d+) MiB$/, '$1 MiB を超えるレコードがあります'],
  [/^it inflates to more than (\d+) times its size$/, '展開するとサイズが $1 倍を超えます'],
  [/^its compressed data is cut off$/, '圧縮データが途中で切れています'],
  [/^its checksum is wrong$/, 'チェックサムが一致しません'],
  [/^bytes that are no gzip follow its data$/, 'データの後に gzip ではないバイトがあります'],
  [/^its compressed data is damaged \((.*)\)$/s, '圧縮データが破損しています ($1)'],
  [/^a value of it goes on behind its quotes$/, '引用符の後に値が続いています'],
  [/^it ends within a value$/, '値の途中で終わっています'],
  [/^a value of it has a quote in its midst$/, '値の途中に引用符があります'],
  [
    /^a row of it has (\d+) values, and the first has (\d+)$/,
    '値が $1 個の行がありますが、最初の行は $2 個です',
  ],
  [/^a line of it is no JSON$/, 'JSON ではない行があります'],
  [/^a line of it is no JSON object$/, 'JSON オブジェクトではない行があります'],
  [
    /^it is no result of the query that "clusterwhy scan --athena-sql" prints: it has no column "(.*)"$/,
    '"clusterwhy scan --athena-sql" が出力するクエリの結果ではありません: 列 "$1" がありません',
  ],
  [/^a value of it is longer than (\d+) characters$/, '$1 文字を超える値があります'],
  [/^it is no longer there$/, 'すでに存在しません'],
  [/^permission to read it was denied$/, '読み取りのアクセス許可がありません'],
  [
    /^it is a link to a folder, and those are not followed$/,
    'フォルダーへのリンクです。リンク先はたどりません',
  ],
  [/^it is a link that leads to itself$/, '自分自身に戻るリンクです'],
  [/^it cannot be read \((.*)\)$/s, '読み取れません ($1)'],
  [/^there is no such bucket; check its name$/, 'バケットがありません。名前を確認してください'],
  [
    /^(\S+) was denied \((.*)\); allow it in the policies of the caller, the bucket and its key$/s,
    '$1 が拒否されました ($2)。呼び出し元、バケット、その鍵のポリシーで許可してください',
  ],
  [
    /^no AWS credentials were found; sign in, or choose a profile with --profile$/,
    'AWS の認証情報が見つかりません。サインインするか、--profile でプロファイルを指定してください',
  ],
  [
    /^the AWS credentials have expired; sign in again$/,
    'AWS の認証情報の有効期限が切れています。もう一度サインインしてください',
  ],
  [
    /^(\S*) \((.*)\); check the name of the bucket, its region and the network$/s,
    '$1 ($2)。バケットの名前とリージョン、ネットワークを確認してください',
  ],
];

/** The same in every language; what is not known stays as it is. */
export function damageInWords(why: string): Localized {
  const found = known.find(([form]) => form.test(why));
  return found ? { en: why, ja: why.replace(found[0], found[1]) } : quoted(why);
}
