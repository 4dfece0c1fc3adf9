import { createServer } from "node:http";
import { createRequire } from "node:module";
// Where the test has put the packages; `import … from "@octokit/webhooks"` in a project of one's own.
const { Webhooks, createNodeMiddleware } = await import(
  createRequire(process.env.PACKAGES).resolve("@octokit/webhooks")
);
const webhooks = new Webhooks({ secret: process.env.CONFORMANCE_SIGNING_SECRET });
createServer(createNodeMiddleware(webhooks, { path: "/webhooks" })).listen(Number(process.env.PORT), "127.0.0.1");
