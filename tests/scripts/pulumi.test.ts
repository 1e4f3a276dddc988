import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { repositoryRoot } from "../../tools/common/paths";
import { ProgramFolder } from "../helpers/programFolder";

const contexts = [
    "kind-kind",
    "it's",
    'a "quoted" one',
    "back\\slash",
    "a: b # c",
    "arn:aws:eks:eu-central-1:1:cluster/x",
];

describe("a context's name", () => {
    let programs: ProgramFolder;

    before(() => {
        programs = new ProgramFolder(["bash", "cat", "mktemp", "rm", "cut", "id", "getent", "sed"]);
        // What the engine gets: which files, and what is in the first of them.
        programs.add(
            "pulumi",
            'if [ "$1" = up ]; then echo "$KUBECONFIG" >"$TEST/list"; cat "${KUBECONFIG%%:*}" >"$TEST/kubeconfig"; fi',
        );
        copyFileSync(join(repositoryRoot, "Pulumi.dev.yaml"), join(programs.folder, "Pulumi.dev.yaml"));
    });

    after(() => {
        programs.remove();
    });

    const run = (context: string, env: NodeJS.ProcessEnv) =>
        spawnSync(join(repositoryRoot, "scripts/pulumi.sh"), ["up", context, "dev"], {
            cwd: programs.folder,
            encoding: "utf8",
            env: { PATH: programs.path, ...env },
        });

    for (const context of contexts) {
        it(`reaches the engine as it is: ${context}`, () => {
            const { status, stderr } = run(context, { HOME: "/home/somebody" });
            expect(status, stderr).to.equal(0);
            expect(parse(programs.lines("kubeconfig").join("\n"))).to.have.property("current-context", context);
            expect(programs.lines("list")[0]).to.match(/:\/home\/somebody\/\.kube\/config$/);
        });

        it(`goes through make as it is: ${context}`, () => {
            const { stdout } = spawnSync("make", ["-n", "up", `CONTEXT=${context}`, "STACK=dev"], {
                cwd: repositoryRoot,
                encoding: "utf8",
            });
            expect(stdout).to.include('scripts/pulumi.sh up "$CONTEXT" "$STACK" --policy-pack policy');
        });
    }

    it("needs no HOME", () => {
        const { status, stderr } = run("kind-kind", {});
        expect(status, stderr).to.equal(0);
        expect(programs.lines("list")[0]).to.match(/:\/.+\/\.kube\/config$/);
    });
});
