/** The stack's NetworkPolicies on a network that enforces them: who gets in, who does not, and where the pods may go. */
import { expect } from "chai";

import { connect, pod, type Outcome } from "./client";
import { Lab } from "./lab";

/** Of nginx in the web pods. */
const httpPort = 8080;

interface Pods {
    readonly items: readonly {
        readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
        readonly status: { readonly podIP?: string; readonly conditions?: readonly { type: string; status: string }[] };
    }[];
}

describe("the stack's NetworkPolicies", function () {
    this.timeout(300_000);
    let lab: Lab;

    const controllerLabels = {
        "app.kubernetes.io/name": "ingress-nginx",
        "app.kubernetes.io/component": "controller",
    };
    const inside = { namespace: "policy-test", name: "inside", port: httpPort };
    const outside = { namespace: "policy-test-elsewhere", name: "outside", port: httpPort };
    /** Without the label that the controller's Service selects as well. */
    const controller = { namespace: "ingress-nginx", name: "policy-test", labels: controllerLabels };
    const neighbour = { namespace: "ingress-nginx", name: "policy-test-neighbour" };
    const impostor = { namespace: "policy-test", name: "impostor", labels: controllerLabels };
    const all = [inside, outside, controller, neighbour, impostor];
    const namespaces = ["policy-test", "policy-test-elsewhere"];

    before(async () => {
        lab = await Lab.open();
        await lab.apply(
            ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
            ...all.map(pod),
        );
        for (const { namespace, name } of all) {
            await lab.kubectl(
                "wait",
                `--namespace=${namespace}`,
                `pod/${name}`,
                "--for=condition=Ready",
                "--timeout=60s",
            );
        }
    });

    after(async () => {
        await lab.kubectl("delete", "pods", "--namespace=ingress-nginx", controller.name, neighbour.name);
        await lab.kubectl("delete", "namespaces", ...namespaces);
        await lab.deploy();
    });

    const target = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => [
        `--namespace=${namespace}`,
        name,
    ];
    const addressOf = async (namespace: string, name: string) =>
        (await lab.json<Pods["items"][number]>("get", `--namespace=${namespace}`, `pod/${name}`)).status.podIP!;

    /** Pods that serve. */
    const webPods = async () =>
        (await lab.json<Pods>("get", "pods", "--namespace=web", "--selector=app.kubernetes.io/name=web")).items.filter(
            ({ metadata, status }) =>
                metadata.deletionTimestamp === undefined &&
                status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true,
        );

    /** What each web pod, on either node, answers to a pod. */
    const answersTo = async (from: { readonly namespace: string; readonly name: string }, port = httpPort) => {
        const outcomes: Outcome[] = [];
        for (const { status } of await webPods()) outcomes.push(await connect(lab, target(from), status.podIP!, port));
        expect(outcomes).to.not.be.empty;
        return [...new Set(outcomes)];
    };

    it("let in a pod of the controller's namespace with the controller's labels", async () => {
        expect(await answersTo(controller)).to.deep.equal(["connected"]);
    });

    it("let it in at nginx's port alone", async () => {
        // Nothing listens there: without a policy, the answer is that.
        expect(await answersTo(controller, 8099)).to.deep.equal(["nothing"]);
        const itself = await addressOf(inside.namespace, inside.name);
        expect(await connect(lab, target(controller), itself, 8099)).to.equal("refused");
    });

    it("let in nobody else: not by the labels alone, not by the namespace alone, not by the Service", async () => {
        expect(await answersTo(impostor)).to.deep.equal(["nothing"]);
        expect(await answersTo(neighbour)).to.deep.equal(["nothing"]);
        expect(await answersTo(inside)).to.deep.equal(["nothing"]);
        expect(await connect(lab, target(outside), "web.web", 80)).to.equal("nothing");
        // The Service's name and port are right.
        expect(await connect(lab, target(controller), "web.web", 80)).to.equal("connected");
    });

    it("lose nothing of what comes by the front door meanwhile", async () => {
        const bad = await lab.badAnswersDuring(() => answersTo(impostor));
        expect(bad).to.deep.equal([]);
    });

    describe("with web.egress", () => {
        const goesTo = async (host: string, port = httpPort) => {
            const [first] = await webPods();
            return await connect(lab, ["--namespace=web", "--container=php-fpm", first!.metadata.name], host, port);
        };
        let insideAddress = "";
        let outsideAddress = "";

        before(async () => {
            insideAddress = await addressOf(inside.namespace, inside.name);
            outsideAddress = await addressOf(outside.namespace, outside.name);
        });

        it("go everywhere without it", async () => {
            expect(await goesTo(insideAddress)).to.equal("connected");
            expect(await goesTo(outsideAddress)).to.equal("connected");
        });

        it("reach the namespace and the ports that it names, by name too, and nothing else", async () => {
            await lab.apply({
                apiVersion: "v1",
                kind: "Service",
                metadata: { namespace: inside.namespace, name: "server" },
                spec: { ports: [{ port: httpPort }], selector: { "policy-test": "server" } },
            });
            await lab.kubectl("label", "pod", ...target(inside), "policy-test=server");
            await lab.deploy((web) => {
                web["egress"] = [{ namespace: inside.namespace, ports: [httpPort] }];
            });
            await lab.until(
                30,
                () => goesTo(outsideAddress),
                (outcome) => outcome === "nothing",
            );
            expect(await goesTo(insideAddress)).to.equal("connected");
            expect(await goesTo(`server.${inside.namespace}`)).to.equal("connected");
            expect(await goesTo(insideAddress, 8099)).to.equal("nothing");
            // Its answers to the controller are no connections of its own.
            expect((await lab.ask()).status).to.equal(200);
        });

        it("reach a network that it names", async () => {
            await lab.deploy((web) => {
                web["egress"] = [{ cidr: `${outsideAddress}/32` }];
            });
            await lab.until(
                30,
                () => goesTo(insideAddress),
                (outcome) => outcome === "nothing",
            );
            expect(await goesTo(outsideAddress)).to.equal("connected");
        });
    });
});
