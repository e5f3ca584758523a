/** What operators, their machines and readers of this document look at, described. */
import { Alive, Ready, Status } from "../../schemas/answers-operations.ts";
import { NoQuery } from "../../schemas/queries.ts";
import type { Operations } from "../operation.ts";

export const watchingOperations: Operations = {
  "GET /health": {
    id: "health",
    tag: "Watching",
    summary: "This process is alive",
    opens: "anybody",
    answers: Alive,
  },
  "GET /ready": {
    id: "ready",
    tag: "Watching",
    summary: "It takes messages, and its database answers",
    opens: "anybody",
    answers: Ready,
  },
  "GET /status": {
    id: "status",
    tag: "Watching",
    summary: "Version and commit, what is in flight, what waits, how the mailboxes for bounces are read",
    opens: "admin",
    query: NoQuery,
    answers: Status,
  },
  "GET /metrics": {
    id: "metrics",
    tag: "Watching",
    summary: "Totals and the state of the queue for Prometheus",
    description: "Open to anybody where the setting `METRICS` is `public`.",
    opens: "admin",
    answers: { mediaType: "text/plain", description: "Prometheus text exposition format 0.0.4." },
  },
  "GET /openapi.json": {
    id: "openapi",
    tag: "Watching",
    summary: "This document",
    opens: "anybody",
    answers: { mediaType: "application/json", description: "OpenAPI 3.1." },
  },
  "GET /docs": {
    id: "docs",
    tag: "Watching",
    summary: "This document as a page, where every call can be tried",
    opens: "anybody",
    answers: { mediaType: "text/html", description: "One page that loads nothing from anywhere else." },
  },
};
