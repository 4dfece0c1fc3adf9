import { createServer } from "node:http";
import { createRequire } from "node:module";
// Where the test has put the packages; `import { Webhook } from "svix"` in a project of one's own.
const { Webhook } = await import(createRequire(process.env.PACKAGES).resolve("svix"));
const webhook = new Webhook(process.env.CONFORMANCE_SIGNING_SECRET);
createServer(async (request, response) => {
  const body = [];
  try {
    for await (const chunk of request) body.push(chunk);
    webhook.verify(Buffer.concat(body), request.headers);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
