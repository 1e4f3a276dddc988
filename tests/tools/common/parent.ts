/**
 * Runs a command until this is killed: processGroup.test.ts does that.
 *
 * Usage: TREE_PATH=PATH node --import tsx tests/tools/common/parent.ts COMMAND
 */
import { run } from "../../../tools/common/commands";

const [command = ""] = process.argv.slice(2);
void run(command, [], { env: { PATH: process.env["TREE_PATH"] }, signal: new AbortController().signal });
