/**
 * The part of OCSF 1.5.0 that our events use, as a JSON Schema: the attributes that the classes and objects have, their
 * types, which are required, and the numbers of the enumerations, after https://schema.ocsf.io/1.5.0/classes/. Objects
 * that we do not write (device, malware, vulnerabilities …) are not described: an event that has one is refused.
 */
type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const texts: Schema = { type: 'array', items: text };
const count: Schema = { type: 'integer', minimum: 0 };
/** `timestamp_t`: milliseconds since 1970. The bounds refuse seconds and microseconds. */
const timestamp: Schema = { type: 'integer', minimum: 1e12, maximum: 1e13 };
const json: Schema = { type: 'object' };

function object(
  required: Record<string, Schema>,
  other: Record<string, Schema> = {},
  more: Schema = {},
): Schema {
  return {
    type: 'object',
    properties: { ...required, ...other },
    required: Object.keys(required),
    additionalProperties: false,
    ...more,
  };
}

const atLeastOne = (...names: string[]): Schema => ({ anyOf: names.map((name) => ({ required: [name] })) });
const list = (items: Schema): Schema => ({ type: 'array', items });
const keyValue = object({ name: text }, { value: text, values: texts }, atLeastOne('value', 'values'));
const product = object(
  {},
  { name: text, uid: text, vendor_name: text, version: text, lang: text, path: text, url_string: text },
  atLeastOne('name', 'uid'),
);
const metadata = object(
  { product, version: { const: '1.5.0' } },
  {
    profiles: texts,
    correlation_uid: text,
    event_code: text,
    labels: texts,
    logged_time: timestamp,
    processed_time: timestamp,
    tags: list(keyValue),
    uid: text,
  },
);
const account = object(
  {},
  { name: text, uid: text, type: text, type_id: { enum: [...Array(19).keys(), 99] }, labels: texts },
  atLeastOne('name', 'uid'),
);
/** Comes with the profile `cloud`, which requires it. */
const cloud = object(
  { provider: text },
  { account, cloud_partition: text, project_uid: text, region: text, zone: text },
);
const analytic = object(
  { type_id: { enum: [...Array(12).keys(), 99] } },
  { name: text, uid: text, type: text, category: text, desc: text, version: text },
  atLeastOne('name', 'uid'),
);
const findingInfo = object(
  { uid: text },
  {
    analytic,
    title: text,
    desc: text,
    types: texts,
    created_time: timestamp,
    modified_time: timestamp,
    first_seen_time: timestamp,
    last_seen_time: timestamp,
    related_events_count: count,
    data_sources: texts,
    src_url: text,
    tags: list(keyValue),
    uid_alt: text,
  },
);
const group = object({}, { name: text, uid: text, type: text, desc: text }, atLeastOne('name', 'uid'));
const resource = object(
  {},
  {
    name: text,
    uid: text,
    type: text,
    region: text,
    namespace: text,
    group,
    labels: texts,
    tags: list(keyValue),
    data: json,
    criticality: text,
    cloud_partition: text,
    zone: text,
  },
  atLeastOne('name', 'uid'),
);
const evidence = object(
  {},
  { name: text, uid: text, data: json, resources: list(resource) },
  atLeastOne('data', 'resources'),
);
const remediation = object({ desc: text }, { references: texts, kb_articles: texts });
const compliance = object(
  {},
  {
    control: text,
    desc: text,
    category: text,
    requirements: texts,
    standards: texts,
    status: text,
    status_id: { enum: [0, 1, 2, 3, 99] },
    status_code: text,
    status_detail: text,
    status_details: texts,
  },
);

const activityId = { enum: [0, 1, 2, 3, 99] };
const finding = {
  required: {
    activity_id: activityId,
    category_uid: { const: 2 },
    cloud,
    finding_info: findingInfo,
    metadata,
    severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    time: timestamp,
  },
  other: {
    activity_name: text,
    category_name: text,
    class_name: text,
    comment: text,
    count,
    start_time: timestamp,
    end_time: timestamp,
    duration: count,
    message: text,
    severity: text,
    status: text,
    status_id: { enum: [0, 1, 2, 3, 4, 5, 99] },
    status_code: text,
    status_detail: text,
    type_name: text,
    unmapped: json,
    evidences: list(evidence),
    remediation,
    resources: list(resource),
  },
};

function classOf(uid: number, required: Record<string, Schema>, other: Record<string, Schema>): Schema {
  const types = [0, 1, 2, 3, 99].map((activity) => uid * 100 + activity);
  return object(
    { ...finding.required, class_uid: { const: uid }, type_uid: { enum: types }, ...required },
    { ...finding.other, ...other },
  );
}

export const complianceFinding = classOf(2003, { compliance }, {});
export const detectionFinding = classOf(2004, {}, { is_alert: { type: 'boolean' } });
