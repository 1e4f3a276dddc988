/** Prometheus and KEDA on the lab: pods for requests that wait, and what happens while the figure is away. */
import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { Lab } from "../cluster/lab";

const hpaName = "keda-hpa-web";

/** Of stack lab with monitoring: 16 workers in a pod, of which 60 % may be busy; two pods at least, six at most. */
const share = 0.6 * 16;
const [fewest, most] = [2, 6];

interface Hpa {
    readonly status: {
        readonly currentReplicas: number;
        readonly desiredReplicas: number;
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
        readonly currentMetrics?: readonly { readonly type: string }[];
    };
}

/** Requests, of which there are always so many, until it is ended. */
class Clients {
    readonly failed: (number | string)[] = [];
    private isOver = false;
    private readonly all: readonly Promise<void>[];

    constructor(lab: Lab, count: number, path: string) {
        this.all = Array.from({ length: count }, async (_, i) => {
            // Not all at once.
            await sleep((i / count) * 2);
            while (!this.isOver) {
                const { status } = await lab.ask(path, undefined, 60);
                if (status !== 200) this.failed.push(status);
            }
        });
    }

    async end(): Promise<void> {
        this.isOver = true;
        await Promise.all(this.all);
    }
}

describe("scaling on busy workers", function () {
    this.timeout(900_000);
    let lab: Lab;
    let asked: string | undefined;
    let clients: Clients | undefined;

    before(async () => {
        asked = process.env["WITH"];
        process.env["WITH"] = "monitoring";
        lab = await Lab.open();
    });
    after(() => {
        delete process.env["WITH"];
        if (asked !== undefined) process.env["WITH"] = asked;
    });
    afterEach(async () => {
        await clients?.end();
        clients = undefined;
    });

    const hpa = () => lab.json<Hpa>("get", "--namespace=web", `hpa/${hpaName}`);
    const replicas = async () => (await hpa()).status.desiredReplicas;
    const metrics = async () => ((await hpa()).status.currentMetrics ?? []).map(({ type }) => type);
    const prometheuses = (count: number) =>
        lab.kubectl(
            "patch",
            "--namespace=monitoring",
            "prometheus/prometheus",
            "--type=merge",
            `--patch={"spec":{"replicas":${count}}}`,
        );

    it("has both figures, CPU's and that of busy workers", async () => {
        await lab.until(120, metrics, (types) => types.includes("External") && types.includes("ContainerResource"));
        await lab.until(180, replicas, (count) => count === fewest);
    });

    it("adds pods for requests that wait, of whose CPU there is nothing to see", async () => {
        const concurrent = 40;
        clients = new Clients(lab, concurrent, "/echo?wait_ms=3000");
        // The HPA takes a tenth more than the target for nothing to do.
        const wanted = Math.ceil(concurrent / (share * 1.1));
        await lab.until(120, replicas, (count) => count >= wanted);
        expect(await replicas()).to.be.within(wanted, most);
        expect(clients.failed).to.deep.equal([]);
    });

    it("takes none away while Prometheus is gone, though neither CPU nor workers are busy", async () => {
        clients = new Clients(lab, 40, "/echo?wait_ms=3000");
        await lab.until(120, replicas, (count) => count > 3);
        await prometheuses(0);
        const isActive = async () =>
            (await hpa()).status.conditions?.find(({ type }) => type === "ScalingActive")?.reason ?? "";
        await lab.kubectl(
            "wait",
            "--namespace=monitoring",
            "pod/prometheus-prometheus-0",
            "--for=delete",
            "--timeout=90s",
        );
        await clients.end();
        const count = await replicas();
        await lab.until(90, isActive, (reason) => reason === "FailedGetExternalMetric");
        // Twice the lab's stabilization, and several of the HPA's own periods.
        const seen = await lab.watch(replicas, () => sleep(70));
        expect(new Set(seen)).to.deep.equal(new Set([count]));
    });

    it("adds pods by CPU alone meanwhile", async () => {
        expect(await replicas()).to.be.below(most);
        clients = new Clients(lab, 8, "/echo?busy_ms=200");
        await lab.until(120, replicas, (count) => count === most);
    });

    it("takes away what is not needed once Prometheus is back", async () => {
        await prometheuses(1);
        await lab.until(300, replicas, (count) => count === fewest);
        expect(await metrics()).to.include("External");
    });
});
