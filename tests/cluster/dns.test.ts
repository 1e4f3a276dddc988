/** The lab's cluster DNS, as pods ask it. */
import { expect } from "chai";

import { clusterDnsAddress } from "../../tools/lab/cluster/controlPlane";
import { php, pod } from "./client";
import { Lab } from "./lab";

describe("the cluster's DNS", function () {
    this.timeout(120_000);
    let lab: Lab;
    const asker = { namespace: "default", name: "dns-test" };
    const target = ["--namespace=default", asker.name];

    before(async () => {
        lab = await Lab.open();
        await lab.apply(pod(asker));
        await lab.kubectl("wait", "--namespace=default", `pod/${asker.name}`, "--for=condition=Ready", "--timeout=60s");
        await lab.kubectl("rollout", "status", "--namespace=kube-system", "daemonset/coredns", "--timeout=60s");
    });

    after(async () => {
        await lab.kubectl("delete", "pod", ...target);
    });

    /** As the C library resolves it; the name itself where there is no such. */
    const resolve = (name: string) => php(lab, target, "echo gethostbyname($argv[1]);", name);

    it("has the usual address, and knows Services by every form of their names", async () => {
        const { spec } = await lab.json<{ spec: { clusterIP: string } }>(
            ...["get", "--namespace=kube-system", "service/kube-dns"],
        );
        expect(spec.clusterIP).to.equal(clusterDnsAddress);
        for (const name of [
            "kube-dns.kube-system",
            "kube-dns.kube-system.svc",
            "kube-dns.kube-system.svc.cluster.local.",
        ])
            expect(await resolve(name), name).to.equal(clusterDnsAddress);
        // Of its own namespace.
        expect(await resolve("kubernetes")).to.equal("198.19.0.1");
    });

    it("says at once of a name outside of the cluster that there is none", async () => {
        const begun = performance.now();
        expect(await resolve("example.com")).to.equal("example.com");
        expect(performance.now() - begun).to.be.below(3000);
    });
});
