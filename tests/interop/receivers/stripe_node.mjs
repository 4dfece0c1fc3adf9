import { createServer } from "node:http";
import { createRequire } from "node:module";
// Where the test has put the packages; `import Stripe from "stripe"` in a project of one's own.
const Stripe = createRequire(process.env.PACKAGES)("stripe");
const { webhooks } = new Stripe("sk_test_no_call_is_made");
createServer(async (request, response) => {
  const body = [];
  try {
    for await (const chunk of request) body.push(chunk);
    const secret = process.env.CONFORMANCE_SIGNING_SECRET;
    webhooks.constructEvent(Buffer.concat(body), request.headers["stripe-signature"], secret);
    response.writeHead(200).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
