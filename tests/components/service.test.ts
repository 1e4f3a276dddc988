import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import type { IngressNginxArgs, MetricsServerArgs, PhpWebServiceArgs } from "../../components";
import { resolveService } from "../../components/service";
import type { Settings } from "../../settings/types";
import { serviceOfValues } from "../helpers/service";

/** Keys that a component would take no notice of. */
type Unread<Given, Args> = Given extends readonly unknown[]
    ? never
    : Given extends object
      ? {
            [Key in keyof Given & string]-?: string extends Key
                ? never
                : Key extends keyof Args
                  ? Unread<NonNullable<Given[Key]>, NonNullable<Args[Key]>>
                  : Key;
        }[keyof Given & string]
      : never;

const phpFpmWith = (resources: object) => resolveService("web", { phpFpm: { resources } }).phpFpm;

describe("resolveService", () => {
    const web = resolveService("web", {});

    it("makes of no argument what a stack file without values is", () => {
        const { ingressController, ...service } = serviceOfValues({});
        expect({ ...service, ingressController: web.ingressController }).to.deep.equal(web);
        expect(ingressController).to.deep.include(web.ingressController);
    });

    it("and its neighbours take notice of every setting (checked by tsc)", () => {
        const unread: readonly Unread<Settings["web"], PhpWebServiceArgs>[] = [];
        const ofController: readonly Unread<Settings["ingressController"], IngressNginxArgs>[] = ["kind", "install"];
        const ofServer: readonly Unread<Settings["metricsServer"], MetricsServerArgs>[] = ["install"];
        const renamed: readonly Unread<{ tls: { secret: string } }, PhpWebServiceArgs>[] = ["secret"];
        expect([unread, ofController, ofServer, renamed]).to.have.length(4);
    });

    it("takes undefined for what is left out, and null for what is to be left out", () => {
        expect(resolveService("web", { drain: { queueSeconds: undefined }, host: undefined })).to.deep.equal({
            ...web,
            host: undefined,
        });
        const { scaling } = resolveService("web", { scaling: { scaleUp: { percent: null } } });
        expect(scaling.scaleUp).to.deep.equal({ ...web.scaling.scaleUp, percent: null });
        expect(phpFpmWith({ limits: { cpu: null } }).resources.limits).to.include({ cpu: null, memory: "2672Mi" });
    });

    it("has a namespace of its own name", () => {
        expect(resolveService("shop", {}).namespace).to.equal("shop");
    });

    it("requests php-fpm's memory for the usual, and limits it for the worst", () => {
        expect(web.phpFpm).to.include({ memoryLimit: "128Mi", workerMemory: "48Mi", opcacheMemory: "128Mi" });
        // 96Mi + 128Mi + 16 x 48Mi, and 96Mi + 128Mi + 16 x (128Mi + 16Mi).
        expect(web.phpFpm.resources.requests.memory).to.equal("1040Mi");
        expect(web.phpFpm.resources.limits.memory).to.equal("2672Mi");
    });

    it("adds the grace period up from 10 s, 10 s, 40 s, 5 s and 5 s", () => {
        expect(web.longestRequestSeconds).to.equal(40);
        expect(web.drainBudget).to.deep.equal({
            transferSeconds: 0,
            queueSeconds: 10,
            preStopSleepSeconds: 10,
            workerShutdownTimeoutSeconds: 50,
            fastcgiReadTimeoutSeconds: 50,
            requestTerminateTimeoutSeconds: 40,
            processControlTimeoutSeconds: 5,
            terminationGracePeriodSeconds: 70,
            proxyReadTimeoutSeconds: 55,
        });
    });

    it("leaves what a longer grace period has over to php-fpm", () => {
        const { drainBudget } = resolveService("web", { drain: { terminationGracePeriodSeconds: 90 } });
        expect(drainBudget.terminationGracePeriodSeconds).to.equal(90);
        expect(drainBudget.processControlTimeoutSeconds).to.equal(25);
    });

    it("computes 16 workers from one core", () => {
        expect(web.phpFpm.maxChildren).to.equal(16);
    });

    it("takes nginx's version from the tag, from the argument before that, and from nowhere else", () => {
        const version = (nginx: object) => resolveService("web", { nginx }).nginx.version;
        expect(version({ image: "registry.example.com/nginx:1.28.2-alpine" })).to.deep.equal([1, 28, 2]);
        expect(version({ image: "registry.example.com/nginx:1.28.2", version: "1.30" })).to.deep.equal([1, 30]);
        for (const tag of ["main-1a2b3c4", "20260501", "2026-05-01", "24.04"]) {
            expect(version({ image: `registry.example.com/nginx:${tag}` }), tag).to.equal(undefined);
        }
        expect(version({ image: pulumi.output("nginx:1.30.4") }), "not known in a preview").to.equal(undefined);
    });

    it("gives a request its way through the pod as the proxy in front has it, unless a program says otherwise", () => {
        const transfer = (args: PhpWebServiceArgs) => resolveService("web", args).drain.transferSeconds;
        const gateway = { name: "public", namespace: "gateways" };
        const ingressController = { kind: "traefik" } as const;
        expect(transfer({})).to.equal(0);
        expect(transfer({ ingressController })).to.equal(60);
        expect(transfer({ ingressController: { ...ingressController, install: "ingressClass" } })).to.equal(60);
        expect(transfer({ ingressController: { ...ingressController, install: true } })).to.equal(0);
        expect(transfer({ ingressController: { ...ingressController, install: true }, gateway })).to.equal(60);
        expect(transfer({ gateway })).to.equal(60);
        const served = { ...ingressController, install: true, gateway: true } as const;
        expect(transfer({ ingressController: served, gateway: { create: true } })).to.equal(0);
        expect(transfer({ drain: { transferSeconds: 20 } })).to.equal(20);
        expect(transfer({ drain: { transferSeconds: 0 }, ingressController })).to.equal(0);
    });

    it("lets in the pods of the proxy in front, which are in a namespace of its kind's name unless one is given", () => {
        const namespaces = (args: PhpWebServiceArgs) =>
            resolveService("web", args).trafficSources.map(({ namespace }) => namespace);
        expect(namespaces({})).to.deep.equal(["ingress-nginx"]);
        expect(namespaces({ ingressController: { kind: "traefik" } })).to.deep.equal(["traefik"]);
        expect(namespaces({ ingressController: { kind: "traefik", namespace: "edge" } })).to.deep.equal(["edge"]);
        expect(namespaces({ gateway: { name: "public", namespace: "gateways" } })).to.deep.equal(["gateways"]);
        expect(namespaces({ trafficSources: [{ namespace: "mesh", podLabels: {} }] })).to.deep.equal(["mesh"]);
    });

    it("keeps the memory that is stated, and lowers the workers to what a stated limit has room for", () => {
        const limited = phpFpmWith({ limits: { memory: "1Gi" } });
        expect(limited.maxChildren).to.equal(4);
        expect(limited.resources.limits.memory).to.equal("1Gi");
        expect(limited.resources.requests.memory).to.equal("464Mi");
        expect(phpFpmWith({ requests: { memory: "512Mi" } }).resources.limits.memory).to.equal("2672Mi");
        expect(phpFpmWith({ requests: { memory: "512Mi" } }).maxChildren).to.equal(16);
        expect(phpFpmWith({ requests: { memory: "4Gi" } }).resources.limits.memory).to.equal("4096Mi");
    });

    it("lets nginx have as many requests at once as its memory limit has room for", () => {
        expect(web.nginx.requestsAtOnce).to.equal(580);
        const nginx = { workerProcesses: 1, resources: { limits: { memory: "160Mi" } } };
        expect(resolveService("web", { nginx }).nginx.requestsAtOnce).to.equal(142);
    });

    it("fills in monitoring and TLS only where there are any", () => {
        expect(web).to.include({ monitoring: undefined, tls: undefined });
        const { monitoring, tls } = resolveService("web", { monitoring: {}, tls: { secretName: "shop-tls" } });
        expect(monitoring).to.include({ kind: "PodMonitor", namespace: "monitoring", intervalSeconds: 30 });
        expect(tls).to.deep.equal({ secretName: "shop-tls", certManagerIssuerKind: "ClusterIssuer" });
    });
});
