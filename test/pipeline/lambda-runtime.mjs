// What Lambda is to a bundled handler: it loads the file once, and answers one event after the other.
import { createRequire } from 'node:module';

const [file] = process.argv.slice(2);
const loaded = createRequire(import.meta.url)(file);

process.on('message', ({ event, timeoutMs, functionName }) => {
  const deadline = Date.now() + timeoutMs;
  const context = {
    functionName,
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  Promise.resolve()
    .then(() => loaded.handler(event, context))
    .then(
      (result) => process.send({ result: result ?? null }),
      (error) => process.send({ error: { errorType: error.name, errorMessage: error.message } }),
    );
});
