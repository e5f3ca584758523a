/** Prints each test of a results file that failed, with what it said first and last. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const LONGEST = 300;

const { testResults = [] } = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { name = "", assertionResults = [], message = "" } of testResults) {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter(({ status }) => status === "failed");
  for (const { fullName, failureMessages = [] } of failed)
    console.log(`FAILED ${file}: ${fullName}: ${excerpt(failureMessages.join(" "))}`);
  if (failed.length === 0 && message !== "") console.log(`FAILED ${file}: ${excerpt(message)}`);
}

function excerpt(text) {
  const plain = text.replace(/\s+/g, " ").trim();
  return plain.length > 2 * LONGEST ? `${plain.slice(0, LONGEST)} ... ${plain.slice(-LONGEST)}` : plain;
}
