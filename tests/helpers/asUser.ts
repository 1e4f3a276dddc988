/** Commands as they are for who is not root, whoever runs the tests. */
import { runToEnd, type Environment, type Output } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";

/** Nobody, who may still read the project wherever root has it. */
const nobody = [
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ...["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"],
];

/** Runs a command in the project's folder to its end, as nobody, or as this process's own user who is not root. */
export function asUser(command: readonly string[], env: Environment): Promise<Output> {
    const [program = "", ...args] = [...(process.getuid?.() === 0 ? nobody : []), ...command];
    return runToEnd(program, args, { cwd: repositoryRoot, env });
}
