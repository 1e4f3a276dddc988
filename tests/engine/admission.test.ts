/** Every object of the stacks before a real API server: strict field validation, and Pod Security restricted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { CommandError, run } from "../../tools/common/commands";
import { freePorts, startControlPlane, type ControlPlane } from "../../tools/lab/cluster/controlPlane";
import { ensureTools } from "../../tools/lab/toolchain";
import { toYaml, type Manifest } from "../../tools/render/manifests";
import { render } from "../../tools/render/render";
import { stackNames } from "../../tools/common/stackFiles";
import { recordingOf } from "../helpers/stacks";
import { quiet } from "../helpers/quiet";

describe("a real API server", function () {
    this.timeout(120_000);
    let folder: string;
    let server: ControlPlane;
    let kubectlPath: string;

    before(async function () {
        // Tools that are not in the cache are built.
        this.timeout(900_000);
        const tools = await ensureTools(["etcd", "kube-apiserver", "kubectl"], quiet);
        kubectlPath = tools.kubectl;
        folder = mkdtempSync(join(tmpdir(), "php-web-service-admission-"));
        server = await startControlPlane({
            folder,
            tools,
            address: "127.0.0.1",
            // There are no pods that would use it.
            advertisedAddress: "198.18.0.1",
            ports: await freePorts(),
            daemons: [],
        });
    });

    after(async () => {
        await server.stop();
        rmSync(folder, { recursive: true });
    });

    const kubectl = (manifests: readonly Manifest[], ...args: readonly string[]) =>
        run(kubectlPath, ["apply", ...args, "--filename=-"], {
            env: { KUBECONFIG: server.kubeconfigPath },
            input: toYaml(manifests),
        });

    const dryRun = (manifests: readonly Manifest[]) => kubectl(manifests, "--dry-run=server", "--validate=strict");

    /** Dry runs leave no namespaces, which the objects in them need. */
    const makeNamespaces = async (manifests: readonly Manifest[]) => {
        await kubectl(manifests.filter(({ kind }) => kind === "Namespace"));
    };

    const podOf = (
        manifests: readonly Manifest[],
        change: (spec: Record<string, unknown>) => void = () => undefined,
    ) => {
        const deployment = manifests.find(
            ({ kind, metadata }) => kind === "Deployment" && metadata?.namespace === "web",
        ) as { spec: { template: { spec: Record<string, unknown> } } } | undefined;
        if (deployment === undefined) throw new Error("no Deployment in namespace web");
        const { spec } = structuredClone(deployment.spec.template);
        change(spec);
        // Without controllers nobody has made the default account.
        return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "web" }, spec };
    };

    const refusal = (work: Promise<unknown>) =>
        work.then(
            () => "",
            (error: unknown) => (error instanceof CommandError ? error.stderr : Promise.reject(error as Error)),
        );

    for (const stack of stackNames()) {
        it(`accepts every object of stack ${stack}, with no field that it does not know`, async () => {
            const manifests = render(await recordingOf(stack), true);
            await makeNamespaces(manifests);
            const output = await dryRun(manifests);
            expect(output.trim().split("\n")).to.have.length(manifests.length);
            expect(output).to.not.match(/Warning/i);
        });

        it(`admits a pod of stack ${stack} where Pod Security restricted is enforced`, async () => {
            const manifests = render(await recordingOf(stack), true);
            await makeNamespaces(manifests);
            await kubectl([
                { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "web" } },
            ]);
            expect(await dryRun([podOf(manifests)])).to.include("pod/web created");
        });
    }

    it("refuses a mistyped field, so that this check can fail", async () => {
        const manifests = render(await recordingOf("prod"), true);
        await makeNamespaces(manifests);
        const mistyped = podOf(manifests, (spec) => {
            spec["terminationGracePeriodSecond"] = 60;
        });
        expect(await refusal(dryRun([mistyped]))).to.include("terminationGracePeriodSecond");
    });

    it("refuses a pod as root, so that this check can fail", async () => {
        const manifests = render(await recordingOf("prod"), true);
        await makeNamespaces(manifests);
        const privileged = podOf(manifests, (spec) => {
            spec["securityContext"] = {};
            spec["containers"] = (spec["containers"] as Record<string, unknown>[]).map((container) => ({
                ...container,
                securityContext: {},
            }));
        });
        expect(await refusal(dryRun([privileged]))).to.include('violates PodSecurity "restricted');
    });
});
