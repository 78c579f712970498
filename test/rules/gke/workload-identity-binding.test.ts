import workloadIdentityBinding from '../../../shared/rules/gke/workload-identity-binding.ts';
import type { GcpFacts } from '../../../shared/observation.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  bind,
  cluster,
  observe,
  policy,
  problemsOf,
  resource,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const gsa = 'cart@shop-prod.iam.gserviceaccount.com';
const foreign = 'cart@identity-prod.iam.gserviceaccount.com';
const userRole = 'roles/iam.workloadIdentityUser';
const annotation = 'iam.gke.io/gcp-service-account';
const cart = 'serviceAccount:shop-prod.svc.id.goog[shop/cart]';
const pool = 'projects/123456789012/locations/global/workloadIdentityPools/shop-prod.svc.id.goog';
const ksa = (name: string, annotations: Record<string, string> = {}, namespace = 'shop') => ({
  namespace,
  name,
  annotations,
});

/** A service account with these members as users, and the Kubernetes service accounts of the cluster. */
function world(
  members: string[],
  accounts: ReturnType<typeof ksa>[],
  changes: Partial<GcpFacts> = {},
): Partial<GcpFacts> {
  return {
    gcpServiceAccounts: { [gsa]: { state: 'exists', value: { uniqueId: '7', disabled: false } } },
    serviceAccountPolicies: {
      [gsa]: { state: 'exists', value: { bindings: [bind(userRole, ...members)], auditConfigs: [] } },
    },
    gkeServiceAccounts: { [resource]: accounts },
    ...changes,
  };
}

const annotated = ksa('cart', { [annotation]: gsa });
const restsOn = ['gkeServiceAccounts', 'serviceAccountPolicies'] as const;
const other = cluster({ name: 'other' });

testRule(workloadIdentityBinding, {
  healthy: observe(world([cart], [annotated])),
  passes: {
    'no cluster has a workload pool': observe({
      ...world(['serviceAccount:shop-prod.svc.id.goog[shop]'], [annotated]),
      gkeClusters: [cluster({ workloadPool: null })],
    }),
    'the direct form': observe(
      world([`principal://iam.googleapis.com/${pool}/subject/ns/shop/sa/cart`], [annotated]),
    ),
    'a cluster of another project uses the account': observe(
      world([cart, 'serviceAccount:web-prod.svc.id.goog[web/front]'], [annotated]),
    ),
    'a custom role that lets it act': observe({
      ...world([], [annotated]),
      serviceAccountPolicies: {
        [gsa]: {
          state: 'exists',
          value: { bindings: [bind('projects/shop-prod/roles/act', cart)], auditConfigs: [] },
        },
      },
      roleDefinitions: {
        ...roleDefinitions,
        'projects/shop-prod/roles/act': role('iam.serviceAccounts.getAccessToken'),
      },
    }),
    'the default service account of every namespace, without an annotation': observe(
      world([], [ksa('default')]),
    ),
    'a binding whose service account is not annotated: a client library may use it': observe(
      world([cart], [ksa('cart')]),
    ),
    'another annotation of GKE': observe(
      world([], [ksa('cart', { 'iam.gke.io/return-principal-id-as-email': 'true' })]),
    ),
    'a role for a workload on the project that lets it act as nobody': observe({
      ...world([], []),
      iamPolicy: policy({
        also: [
          bind(
            'roles/storage.objectViewer',
            `principal://iam.googleapis.com/${pool}/subject/ns/shop/sa/cart`,
          ),
        ],
      }),
    }),
  },
  fails: {
    'annotated, and the binding has a slip of the pen': {
      given: observe(world(['serviceAccount:shop-prod.svc.id.goog[shop/card]'], [annotated])),
      finds: {
        [gsa]: {
          cause:
            /^shop\/cart in shop .* which allows serviceAccount:shop-prod\.svc\.id\.goog\[shop\/card\] instead/,
          restsOn,
        },
      },
    },
    'annotated with an account that allows nobody': {
      given: observe(world([], [annotated])),
      finds: {
        [gsa]: {
          cause: /which does not allow it\. If it should not, nothing is broken but the annotation/,
          restsOn,
        },
      },
    },
    'annotated with an account that does not exist': {
      given: observe(
        world([], [annotated, ksa('pay', { [annotation]: gsa })], {
          gcpServiceAccounts: { [gsa]: { state: 'missing' } },
        }),
      ),
      finds: {
        [gsa]: {
          cause: /shop\/cart in shop .*, shop\/pay .* are annotated to act as .*, which does not exist/,
          restsOn: ['gkeServiceAccounts', 'gcpServiceAccounts'],
        },
      },
    },
    'annotated with a disabled account': {
      given: observe(
        world([cart], [annotated], {
          gcpServiceAccounts: { [gsa]: { state: 'exists', value: { uniqueId: '7', disabled: true } } },
        }),
      ),
      finds: { [gsa]: { cause: /which is disabled/, restsOn: ['gkeServiceAccounts', 'gcpServiceAccounts'] } },
    },
    'the annotation is misspelt': {
      given: observe(world([cart], [ksa('cart', { 'iam.gke.io/gcp-serviceaccount': gsa })])),
      finds: {
        [`${resource} shop/cart iam.gke.io/gcp-serviceaccount`]: {
          cause:
            /has the annotation iam\.gke\.io\/gcp-serviceaccount where GKE reads iam\.gke\.io\/gcp-service-account/,
          restsOn: ['gkeServiceAccounts'],
        },
      },
    },
    'id and number are swapped': {
      given: observe(
        world(
          [
            'principal://iam.googleapis.com/projects/shop-prod/locations/global/workloadIdentityPools/123456789012.svc.id.goog/subject/ns/shop/sa/cart',
          ],
          [],
        ),
      ),
      finds: {
        [`${gsa} ${userRole} principal://iam.googleapis.com/projects/shop-prod/locations/global/workloadIdentityPools/123456789012.svc.id.goog/subject/ns/shop/sa/cart`]:
          { cause: /id and number are swapped/, restsOn: ['serviceAccountPolicies'] },
      },
    },
    'the number is empty, as in a template that was not filled in': {
      given: observe({
        ...world([], []),
        iamPolicy: policy({
          also: [
            bind(
              'roles/storage.objectViewer',
              'principal://iam.googleapis.com/projects//locations/global/workloadIdentityPools/.svc.id.goog/subject/ns/a/sa/b',
            ),
          ],
        }),
      }),
      finds: {
        'projects/shop-prod roles/storage.objectViewer principal://iam.googleapis.com/projects//locations/global/workloadIdentityPools/.svc.id.goog/subject/ns/a/sa/b':
          /matches no service account, because projects\/ must be the project's number/,
      },
    },
    'the member has no namespace': {
      given: observe(world(['serviceAccount:shop-prod.svc.id.goog[cart]'], [])),
      finds: {
        [`${gsa} ${userRole} serviceAccount:shop-prod.svc.id.goog[cart]`]: {
          cause: /does not end in \[NAMESPACE\/NAME\]/,
          restsOn: ['serviceAccountPolicies'],
        },
      },
    },
    'a workload may act as every account of the project': {
      given: observe({ ...world([cart], [annotated]), iamPolicy: policy({ also: [bind(userRole, cart)] }) }),
      finds: { [`projects/shop-prod ${userRole} ${cart}`]: /so it may act as every service account in it/ },
    },
  },
  unknowns: {
    'the account’s policy was not read': {
      given: observe({
        ...world([], [annotated]),
        serviceAccountPolicies: {
          [gsa]: { state: 'unread', why: quoted('iam.serviceAccounts.getIamPolicy was denied') },
        },
      }),
      why: /iam\.serviceAccounts\.getIamPolicy was denied/,
    },
    'an account of another project that is not read': {
      given: observe(world([], [ksa('cart', { [annotation]: foreign })])),
      why: /may act as cart@identity-prod/,
    },
    'a whole namespace may act': {
      given: observe(world([`principalSet://iam.googleapis.com/${pool}/namespace/shop`], [annotated])),
      why: /its members are not known/,
    },
    'one of two clusters was not read': {
      given: observe({ ...world([cart], [annotated]), gkeClusters: [cluster(), other] }),
      why: /service accounts of other \(europe-west1\)/,
    },
  },
});

describe('the fix', () => {
  const fixOf = (facts: Partial<GcpFacts>) => problemsOf(workloadIdentityBinding, observe(facts))[0]?.fix;
  const slip = 'serviceAccount:shop-prod.svc.id.goog[shop/card]';

  it('lets the near miss in, proven', () => {
    expect(fixOf(world([slip], [annotated]))).toMatchObject({
      verified: true,
      commands: [
        `gcloud iam service-accounts add-iam-policy-binding ${gsa} --member='${cart}' --role=${userRole} --condition=None --project=shop-prod`,
      ],
    });
  });

  it('grants nothing where the name that the policy allows exists', () => {
    expect(fixOf(world([slip], [annotated, ksa('card')]))?.commands).toEqual([]);
  });

  it('grants nothing where that name may exist in a cluster that was not read', () => {
    const facts = { ...world([slip], [annotated]), gkeClusters: [cluster(), other] };
    expect(fixOf(facts)?.commands).toEqual([]);
  });

  it('grants nothing to a stranger who annotated himself with an administrator’s account', () => {
    const stranger = ksa('thief', { [annotation]: gsa }, 'other-team');
    const fix = fixOf(world([cart], [ksa('cart'), stranger]));
    expect(fix).toMatchObject({ commands: [], verified: false });
  });

  it('repairs the workload’s side of a misspelt annotation, whatever stands in it', () => {
    const fix = fixOf(world([cart], [ksa('cart', { 'iam.gke.io/gcp-service-acount': gsa })]));
    expect(fix?.commands[1]).toBe(
      `kubectl --context=gke_shop-prod_europe-west1_shop annotate serviceaccount cart --namespace=shop ${annotation}=${gsa} iam.gke.io/gcp-service-acount-`,
    );
  });

  it('puts id and number right, and takes the dead member away', () => {
    const swapped = `principal://iam.googleapis.com/${pool.replace('123456789012', 'shop-prod')}/subject/ns/shop/sa/cart`;
    const fix = fixOf(world([swapped], []));
    expect(fix?.verified).toBe(true);
    expect(fix?.commands[0]).toContain(
      `--member=principal://iam.googleapis.com/${pool}/subject/ns/shop/sa/cart`,
    );
    expect(fix?.commands[1]).toContain(`remove-iam-policy-binding ${gsa} --member=${swapped}`);
  });

  it('keeps a hostile annotation inside of one word', () => {
    const hostile = ksa('cart', { [annotation]: "x'; rm -rf / #\n@shop-prod.iam.gserviceaccount.com" });
    const [problem] = problemsOf(
      workloadIdentityBinding,
      observe(world([], [hostile], { gcpServiceAccounts: {} })),
    );
    expect(problem).toBeUndefined();
    const given = world([], [hostile], {
      gcpServiceAccounts: { "x'; rm -rf / # @shop-prod.iam.gserviceaccount.com": { state: 'missing' } },
    });
    expect(problemsOf(workloadIdentityBinding, observe(given))[0]?.fix.commands).toEqual([]);
  });
});

it('does not take an account for a workload', () => {
  const given = observe(world([account(foreign)], []));
  expect(problemsOf(workloadIdentityBinding, given)).toEqual([]);
});
