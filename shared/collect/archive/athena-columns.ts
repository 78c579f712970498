/** The columns in which Athena answers the question of a scan, and the fields of a record that they hold. */

/** A part of a record that a scan looks at. */
export interface AthenaColumn {
  name: string;
  /** What it is in the table of the trail; the column's own name where absent. */
  expression?: string;
  /** Where it stands in a record of CloudTrail. */
  path: readonly string[];
  /** Whether its text is JSON. */
  isJson?: boolean;
}

const identity = 'useridentity';
const session = `${identity}.sessioncontext`;

export const athenaColumns: readonly AthenaColumn[] = [
  { name: 'eventtime', path: ['eventTime'] },
  { name: 'eventsource', path: ['eventSource'] },
  { name: 'eventname', path: ['eventName'] },
  { name: 'awsregion', path: ['awsRegion'] },
  { name: 'sourceipaddress', path: ['sourceIPAddress'] },
  { name: 'useragent', path: ['userAgent'] },
  { name: 'errorcode', path: ['errorCode'] },
  { name: 'errormessage', path: ['errorMessage'] },
  { name: 'requestparameters', path: ['requestParameters'], isJson: true },
  { name: 'eventid', path: ['eventID'] },
  { name: 'recipientaccountid', path: ['recipientAccountId'] },
  { name: 'vpcendpointid', path: ['vpcEndpointId'] },
  {
    name: 'principalid',
    expression: `${identity}.principalid`,
    path: ['userIdentity', 'principalId'],
  },
  { name: 'accountid', expression: `${identity}.accountid`, path: ['userIdentity', 'accountId'] },
  { name: 'username', expression: `${identity}.username`, path: ['userIdentity', 'userName'] },
  {
    name: 'identityprovider',
    expression: `${identity}.identityprovider`,
    path: ['userIdentity', 'identityProvider'],
  },
  {
    name: 'issuerarn',
    expression: `${session}.sessionissuer.arn`,
    path: ['userIdentity', 'sessionContext', 'sessionIssuer', 'arn'],
  },
  {
    name: 'federatedprovider',
    expression: `${session}.webidfederationdata.federatedprovider`,
    path: ['userIdentity', 'sessionContext', 'webIdFederationData', 'federatedProvider'],
  },
  {
    name: 'hostheader',
    expression: 'tlsdetails.clientprovidedhostheader',
    path: ['tlsDetails', 'clientProvidedHostHeader'],
  },
  {
    name: 'resources',
    expression: "json_format(CAST(transform(resources, r -> map(ARRAY['ARN'], ARRAY[r.arn])) AS JSON))",
    path: ['resources'],
    isJson: true,
  },
];
