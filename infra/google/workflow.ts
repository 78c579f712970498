/**
 * The definition of a run over more projects than one call of the function audits, for Google's Workflows
 * (cloud.google.com/workflows/docs/reference/syntax). What is found stays in the bucket: an execution's variables hold
 * 512 KB, an answer 2 MB, so the steps tell each other no more than how many batches there are.
 */
import { googleFanOut } from '../../shared/deployment.ts';

/** Seconds: the longest that Workflows waits for an answer, and that the function runs. */
export const longestStep = 1800;

/** One step, under its name. */
export type WorkflowStep = Record<string, Record<string, unknown>>;

export interface Workflow {
  main: { params: string[]; steps: WorkflowStep[] };
  [subworkflow: string]: { params: string[]; steps: WorkflowStep[] };
}

/**
 * Its argument is what the function is asked.
 * @param url of the function, and the audience of the tokens that are shown to it
 */
export function workflowOf(url: string): Workflow {
  return {
    main: {
      params: ['request'],
      steps: [
        // The id of the execution names the run: a step that is called again finds what it did.
        {
          name: {
            assign: [{ run: '${sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID")}' }, { unanswered: 0 }],
          },
        },
        call('plan', url, { step: 'plan', run: '${run}', request: '${request}' }, 'planned'),
        auditStep(url),
        call('digest', url, { step: 'digest', run: '${run}' }, 'told'),
        {
          judge: {
            switch: [
              failure(
                '${len(told.body.broken) > 0}',
                '${"The report is out, but rules failed by a fault of clusterwhy itself: " + json.encode_to_string(told.body.broken)}',
              ),
              failure(
                '${told.body.failed == told.body.projects}',
                'The report is out, and says that not one project could be audited',
              ),
            ],
          },
        },
        { done: { return: { run: '${run}', unansweredBatches: '${unanswered}', report: '${told.body}' } } },
      ],
    },
    worth_another_try: worthAnotherTry(),
  };
}

/** A batch that stays without an answer keeps no other back: the digest tells its projects as not looked at. */
function auditStep(url: string): WorkflowStep {
  const body = { step: 'audit', run: '${run}', batch: '${batch}' };
  const { audit } = call('audit', url, body, 'audited');
  return {
    batches: {
      parallel: {
        shared: ['unanswered'],
        concurrency_limit: googleFanOut.batchesAtATime,
        for: {
          value: 'batch',
          range: [1, '${planned.body.batches}'],
          steps: [
            {
              audit: {
                ...audit,
                except: {
                  as: 'e',
                  steps: [{ count: { assign: [{ unanswered: '${unanswered + 1}' }] } }],
                },
              },
            },
          ],
        },
      },
    },
  };
}

function failure(condition: string, message: string): object {
  return { condition, steps: [{ fail: { raise: message } }] };
}

function call(name: string, url: string, body: object, result: string): WorkflowStep {
  return {
    [name]: {
      try: {
        call: 'http.post',
        args: { url, auth: { type: 'OIDC', audience: url }, body, timeout: longestStep },
        result,
      },
      retry: {
        predicate: '${worth_another_try}',
        max_retries: 2,
        backoff: { initial_delay: 30, max_delay: 120, multiplier: 2 },
      },
    },
  };
}

/** The usual predicate leaves out 500, with which a function answers that ran out of memory. */
function worthAnotherTry(): Workflow['main'] {
  return {
    params: ['e'],
    steps: [
      {
        decide: {
          switch: [
            { condition: '${not("HttpError" in e.tags)}', return: true },
            { condition: '${e.code == 429 or e.code >= 500}', return: true },
          ],
        },
      },
      { otherwise: { return: false } },
    ],
  };
}
