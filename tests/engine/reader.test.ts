/** Previews by users who may change nothing: the roles of docs/operations.md, at a real API server. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parseAllDocuments } from "yaml";

import { runToEnd, type Output } from "../../tools/common/commands";
import { repositoryRoot } from "../../tools/common/paths";
import { Engine, type Stack } from "./engine";

/** The ClusterRoles "preview" and "drift", as they are to be copied from there. */
const documentedRoles = () => {
    const text = readFileSync(join(repositoryRoot, "docs/operations.md"), "utf8");
    const block = /^```yaml\n((?:(?!```)[^])*kind: ClusterRole\n[^]*?)^```$/m.exec(text)?.[1] ?? "";
    return parseAllDocuments(block).map((document) => document.toJS() as { readonly metadata: { name: string } });
};

describe("a user who may only read", function () {
    this.timeout(300_000);
    let engine: Engine;
    let stack: Stack;
    let kubeconfig: string;

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        engine = await Engine.start();
        // One path for all users, as in the workflows: it is the provider's input, and so in the state and in a plan.
        kubeconfig = join(engine.folder, "kubeconfig");
        become("admin");
        await makeUsers();
        stack = await engine.stack("reader", settings());
        await stack.setSecret("DB_PASSWORD", "planted-9d1c2f7e");
        await succeed("up", "--yes", "--skip-preview");
    });

    after(() => engine.stop());

    const settings = (web: object = {}) => ({
        web: {
            awaitAddress: false,
            autoscaling: { minReplicas: 2, maxReplicas: 6 },
            rollout: { minReadySeconds: 0 },
            ...web,
        },
        metricsServer: { install: false },
        ingressController: { chart: engine.chart },
    });

    /** A ServiceAccount for each role; "drift" has both. */
    const makeUsers = async () => {
        const roles = documentedRoles();
        expect(roles.map(({ metadata }) => metadata.name)).to.deep.equal(["preview", "drift"]);
        const config = JSON.parse(await engine.kubectl(["config", "view", "--raw", "--output=json"])) as {
            readonly users: { user: object }[];
        };
        for (const [user, granted] of [
            ["preview", ["preview"]],
            ["drift", ["preview", "drift"]],
        ] as const) {
            await engine.kubectl(["create", "serviceaccount", user, "--namespace=default"]);
            await engine.kubectl(
                ["apply", "--filename=-"],
                JSON.stringify(roles.find((role) => role.metadata.name === user)),
            );
            for (const role of granted) {
                const binding = [`${user}-${role}`, `--clusterrole=${role}`, `--serviceaccount=default:${user}`];
                await engine.kubectl(["create", "clusterrolebinding", ...binding]);
            }
            const token = await engine.kubectl(["create", "token", user, "--namespace=default"]);
            const users = config.users.map((entry) => ({ ...entry, user: { token: token.trim() } }));
            writeFileSync(join(engine.folder, `${user}.kubeconfig`), JSON.stringify({ ...config, users }));
        }
    };

    const become = (user: "admin" | "preview" | "drift") => {
        const of = user === "admin" ? engine.environment["KUBECONFIG"] : join(engine.folder, `${user}.kubeconfig`);
        copyFileSync(of ?? "", kubeconfig);
    };

    const environment = () => ({ ...engine.environment, KUBECONFIG: kubeconfig });

    const pulumi = (...command: readonly string[]): Promise<Output> =>
        runToEnd(engine.pulumi, [...command, ...stack.arguments], { cwd: repositoryRoot, env: environment() });

    const succeed = async (...command: readonly string[]) => {
        const { code, stdout, stderr } = await pulumi(...command);
        expect(code, `${stdout}${stderr}`).to.equal(0);
        return stdout;
    };

    /** "update kubernetes:apps/v1:Deployment::web spec..." for each step that is none of "same". */
    const stepsOf = (digest: string) =>
        (JSON.parse(digest) as { readonly steps: readonly { op: string; urn: string; detailedDiff?: object }[] }).steps
            .filter(({ op }) => op !== "same")
            .map(({ op, urn, detailedDiff }) => [op, urn, ...Object.keys(detailedDiff ?? {})].join(" "))
            .sort();

    it("sees in a preview what its administrator sees, a new secret included, and makes a plan for others to apply", async () => {
        stack.configure(settings({ longestRequestSeconds: 41 }));
        await stack.setSecret("TOKEN", "planted-4b8a60d3");
        become("admin");
        const expected = stepsOf(await succeed("preview", "--json"));
        expect(expected.join("\n")).to.include("Deployment").and.include("Secret");
        become("preview");
        const plan = join(engine.folder, "plan.json");
        const found = stepsOf(await succeed("preview", "--json", "--save-plan", plan));
        const withoutNames = (steps: readonly string[]) => steps.map((step) => step.replaceAll(/-[0-9a-f]{8}\b/g, ""));
        expect(withoutNames(found)).to.deep.equal(withoutNames(expected));
        become("admin");
        expect(await succeed("up", "--yes", "--skip-preview", "--plan", plan)).to.match(/updated|replaced/);
    });

    it("may read every object of the stack but Secrets, and change none", async () => {
        const kubectl = (...args: readonly string[]) =>
            runToEnd("kubectl", [...args, "--namespace=web"], { env: environment() });
        const kinds = "deployment,configmap,service,ingress,hpa,pdb,networkpolicy,secret";
        const names = await engine.kubectl(["get", kinds, "--namespace=web", "--output=name"]);
        const [secrets, others] = [true, false].map((isSecret) =>
            names.split(/\s+/).filter((name) => name !== "" && name.startsWith("secret/") === isSecret),
        ) as [string[], string[]];
        become("preview");
        expect(await kubectl("get", ...others, "--output=name")).to.include({ code: 0, stderr: "" });
        expect((await kubectl("get", ...secrets)).stderr).to.match(/^Error from server \(Forbidden\)/);
        const scaled = await kubectl("scale", "deployment/web", "--replicas=0");
        expect(scaled.stderr).to.match(/Forbidden/);
    });

    it("compares with the cluster only where it may read Secrets, as Helm keeps its records there", async () => {
        become("preview");
        const drift = ["preview", "--refresh", "--expect-no-changes"];
        const { code, stdout, stderr } = await pulumi(...drift);
        expect(code).not.to.equal(0);
        expect(stdout + stderr).to.match(/cannot (get|list) resource "secrets"/);
        expect(stdout + stderr).not.to.match(
            /cannot (get|list|watch) resource "(?!secrets|pods|endpoints|replicasets|persistent)/,
        );
        become("drift");
        await succeed(...drift);
    });
});
