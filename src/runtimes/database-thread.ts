/** The thread that works on a libSQL file, so that no request and no delivery waits while a commit does. */
import { LibsqlFile, type StepResult } from "./embedded.ts";
import { listen } from "./thread.ts";
import { type Answer, asFailure, type Task, TaskReader } from "./thread-protocol.ts";

const reader = new TaskReader();
let file: LibsqlFile | undefined;

const say = listen((text) => {
  const task = reader.read(text);
  if (task !== undefined) void answer(task);
});

async function answer(task: Task): Promise<void> {
  const { id } = task;
  let said: string;
  try {
    said = JSON.stringify({ id, results: await carryOut(task) } satisfies Answer);
  } catch (error) {
    // Also where the results are too large for one string: the thread goes on.
    said = JSON.stringify({ id, failure: asFailure(error) } satisfies Answer);
  }
  say(said);
}

async function carryOut(task: Task): Promise<StepResult[]> {
  if ("open" in task) file = await LibsqlFile.open(task.open);
  else if ("steps" in task) return file!.run(task.steps, task.mode);
  else file?.close();
  return [];
}
