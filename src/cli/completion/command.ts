/** The command that prints what makes a shell complete `mail-proxy`. */
import { Argument, type Command } from "commander";
import { print } from "../output.ts";
import { SCRIPTS, SHELLS } from "./scripts.ts";

const EXAMPLES = `
Examples, for this shell and for all to come:
  source <(mail-proxy completion bash)
  mail-proxy completion bash > ~/.local/share/bash-completion/completions/mail-proxy
  source <(mail-proxy completion zsh)
  mail-proxy completion zsh > "\${fpath[1]}/_mail-proxy"
  mail-proxy completion fish | source
  mail-proxy completion fish > ~/.config/fish/completions/mail-proxy.fish`;

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print the script that makes a shell complete commands, options and names")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action((shell: (typeof SHELLS)[number]) => print(SCRIPTS[shell].trim()));
}
