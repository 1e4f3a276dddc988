import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { configFiles, fullContainerOf, type FullContainer } from "../../../tools/bench/throughput/container";
import { onLoopback } from "../../../tools/bench/throughput/hostService";
import { networkOfPod } from "../../../tools/bench/throughput/networkOfPod";
import { benchHost, benchPod, benchRoute, plainProxy, withMaxChildren } from "../../../tools/bench/throughput/objects";
import type { ConfigMap, Deployment, PodSpec } from "../../../tools/common/kubernetes/objects";
import { recordingOf } from "../../helpers/stacks";
import { webObjects } from "../../helpers/webObjects";
import { withFolder } from "../../programs/run";

/** Stack lab's, with ConfigMaps by the names that its pods mount. */
async function labObjects() {
    const web = webObjects(await recordingOf("lab"));
    const deployment = { metadata: { name: "web" }, spec: web.deployment } as unknown as Deployment;
    const mounted = (file: string) =>
        deployment.spec.template.spec.volumes?.find(({ name }) => name === file)?.configMap?.name ?? "";
    const configMap = (volume: string, data: Record<string, string>): ConfigMap => ({
        metadata: { name: mounted(volume) },
        data,
    });
    return {
        deployment,
        configMaps: [
            configMap("nginx-config", { "nginx.conf": web.nginxConf }),
            configMap("php-fpm-config", { "php-fpm.conf": web.phpFpmConf, "php.ini": web.phpIni }),
            configMap("application", { "index.php": "<?php" }),
        ],
    };
}

const wanted = { name: "pod", node: "node-1", cpuRequest: "250m", phpFpmMemoryLimit: "1Gi", hasProbes: true };

describe("the bench's pod", () => {
    it("is the stack's, without a CPU limit and with its probes", async () => {
        const { deployment } = await labObjects();
        const original = deployment.spec.template.spec;
        const spec = benchPod(deployment, wanted)["spec"] as PodSpec;
        for (const name of ["nginx", "php-fpm"]) {
            const { resources, ...made } = fullContainerOf(spec, name);
            const { resources: _, lifecycle: __, ...ours } = fullContainerOf(original, name);
            expect(made).to.deep.equal(ours);
            expect(resources.limits).to.not.have.property("cpu");
            expect(resources.requests["cpu"]).to.equal("250m");
        }
        expect(spec["securityContext"]).to.deep.equal(original["securityContext"]);
        expect(spec.volumes).to.deep.equal(original.volumes);
        expect(spec["nodeName"]).to.equal("node-1");
    });

    it("has in a sweep the limit and the workers of its turn, and no probes", async () => {
        const { deployment, configMaps } = await labObjects();
        const swept = { ...wanted, phpFpmCpuLimit: "1000m", phpFpmConfig: "workers-3", hasProbes: false };
        const spec = benchPod(deployment, swept)["spec"] as PodSpec;
        expect(fullContainerOf(spec, "php-fpm").resources.limits).to.deep.equal({ cpu: "1000m", memory: "1Gi" });
        expect(fullContainerOf(spec, "nginx").resources.limits).to.not.have.property("cpu");
        expect(spec.volumes?.map(({ configMap }) => configMap?.name)).to.include("workers-3");
        for (const name of ["nginx", "php-fpm"])
            expect(fullContainerOf(spec, name)).to.not.have.property("livenessProbe");

        const made = withMaxChildren(configMaps[1]!, "workers-3", 3) as ConfigMap & object;
        const php = { "php-fpm.conf": configMaps[1]!.data!["php-fpm.conf"]!.replace("children = 16", "children = 3") };
        expect(made.data).to.deep.equal({ ...configMaps[1]!.data, ...php });
        expect(made.data?.["php-fpm.conf"]).to.match(/^pm.max_children = 3$/m);
    });
});

describe("the ways to the bench's pod", () => {
    it("are a route like the stack's", () => {
        const annotations = { "nginx.ingress.kubernetes.io/proxy-read-timeout": "45" };
        const { service, ingress } = benchRoute("pod", {
            metadata: { name: "web", annotations },
            spec: { ingressClassName: "nginx" },
        });
        expect(ingress.metadata.annotations).to.deep.equal(annotations);
        expect(ingress["spec"]).to.have.nested.property("rules[0].host", benchHost);
        expect(service["spec"]).to.deep.include({ selector: { "app.kubernetes.io/name": "pod" } });
    });

    it("and a plain proxy with kept connections, as privileged as the stack's nginx", async () => {
        const { deployment } = await labObjects();
        const { pod, configMap } = plainProxy(deployment, {
            name: "plain-proxy",
            node: "node-1",
            upstream: "198.18.129.9:8080",
            cpuRequest: "100m",
        });
        const conf = (configMap["data"] as Record<string, string>)["nginx.conf"];
        expect(conf).to.include("server 198.18.129.9:8080;").and.include("keepalive 320;");
        const nginx = (pod["spec"] as PodSpec).containers[0] as FullContainer;
        const ours = fullContainerOf(deployment.spec.template.spec, "nginx");
        expect(nginx.image).to.equal(ours.image);
        expect(nginx.securityContext).to.deep.equal(ours.securityContext);
    });
});

describe("the pod's containers on this machine", () => {
    it("get the files of the ConfigMaps where the pod has them", async () => {
        const { deployment, configMaps } = await labObjects();
        const pod = deployment.spec.template.spec;
        const files = configFiles(fullContainerOf(pod, "php-fpm"), pod, configMaps);
        expect(Object.keys(files).sort()).to.deep.equal([
            "/etc/php-web-service/php-fpm.conf",
            "/etc/php-web-service/php.ini",
            "/var/www/html/index.php",
        ]);
        expect(() => configFiles(fullContainerOf(pod, "nginx"), pod, configMaps.slice(1))).to.throw("no ConfigMap");
    });

    it("listen on loopback alone, and are else as configured", async () => {
        const { configMaps } = await labObjects();
        const texts = configMaps.flatMap(({ data = {} }) => Object.values(data));
        const changed = texts.flatMap((text) => {
            const lines = text.split("\n");
            return onLoopback(text)
                .split("\n")
                .filter((line, i) => line !== lines[i]);
        });
        expect(changed.map((line) => line.trim())).to.deep.equal([
            "listen 127.0.0.1:8080 default_server;",
            "listen [::1]:8080 default_server;",
            "listen = 127.0.0.1:9000",
        ]);
    });
});

describe("a pod's network", () => {
    it("is found by the pod's uid in a process's control group, as either driver writes it", () => {
        withFolder((folder) => {
            const cgroups = {
                "1": "4:cpu:/\n",
                "20": "4:cpu:/lab/node-1/kubepods/burstable/podaa-11/c0\n",
                "30": "0::/kubepods.slice/kubepods-burstable-podbb_22.slice/c1\n",
            };
            for (const [pid, text] of Object.entries(cgroups)) {
                mkdirSync(join(folder, pid));
                writeFileSync(join(folder, pid, "cgroup"), text);
            }
            // A process that ends while it is looked at has no such file.
            mkdirSync(join(folder, "9"));
            mkdirSync(join(folder, "sys"));
            expect(networkOfPod("aa-11", folder)).to.equal(`${folder}/20/ns/net`);
            expect(networkOfPod("bb-22", folder)).to.equal(`${folder}/30/ns/net`);
            expect(() => networkOfPod("cc-33", folder)).to.throw("No process of the pod cc-33");
        });
    });
});
