import { createServer } from "node:http";
import { createRequire } from "node:module";
// Where the test has put the packages; `import … from "@octokit/webhooks"` in a project of one's own.
const { Webhooks, createNodeMiddleware } = await import(
  createRequire(process.env.PACKAGES).resolve("@octokit/webhooks")
);
const webhooks = new Webhooks({ secret: process.env.CONFORMANCE_SIGNING_SECRET });
const middleware = createNodeMiddleware(webhooks, { path: "/webhooks" });
createServer((request, response) => {
  // `createServer(middleware)`, as its page shows, ends the process at a body of `7` that is rightly signed:
  // the middleware rejects, because it looks for `errors` in an error that has none.
  middleware(request, response).catch(() => response.writeHead(500).end());
}).listen(Number(process.env.PORT), "127.0.0.1");
