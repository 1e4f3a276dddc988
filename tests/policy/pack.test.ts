import { runtime } from "@pulumi/pulumi";
import { expect } from "chai";

import type { PolicyObject } from "../../policy/manifest";
import { rules } from "../../policy/rules";
import { startAnalyzer, urnOf, type Analyzer, type Diagnostic, type EngineResource } from "./analyzer";
import { change, nginx, podSpec, renamed, webStack, webStackWith, without } from "./stack";

/** An object as a resource of a program: core objects have "core/v1" in their type token. */
function resourceOf(object: PolicyObject): EngineResource {
    const apiVersion = object.apiVersion === "v1" ? "core/v1" : object.apiVersion;
    const { name } = object["metadata"] as { readonly name: string };
    return { type: `kubernetes:${apiVersion}:${object.kind}`, name, properties: object };
}

const deploymentUrn = (name: string): string => urnOf({ type: "kubernetes:apps/v1:Deployment", name, properties: {} });

const unknown = runtime.unknownValue;

describe("The policy pack in a process of its own", () => {
    let analyzer: Analyzer;

    before(async () => {
        analyzer = await startAnalyzer();
    });

    after(() => analyzer.stop());

    /** Registers every resource and then looks at the stack, as an engine does whose provider echoes its inputs. */
    async function preview(
        resources: readonly EngineResource[],
        outputs: readonly EngineResource[] = resources,
    ): Promise<readonly Diagnostic[]> {
        const registered = await Promise.all(resources.map((resource) => analyzer.analyze(resource)));
        return [...registered.flat(), ...(await analyzer.analyzeStack(outputs))];
    }

    it("loads, and tells its rules", async () => {
        const info = await analyzer.info();
        expect(info.getName()).to.equal("zero-loss");
        expect(info.getVersion()).to.equal("0.1.0");
        expect(info.getPoliciesList().map((policy) => policy.getName())).to.deep.equal(rules.map((rule) => rule.name));
        expect(info.getPoliciesList()[0]!.getConfigschema()!.getProperties()!.toJavaScript()).to.have.keys(
            "longestRequestSeconds",
            "endpointWithdrawalSeconds",
        );
    });

    it("finds no fault with a stack that keeps the promise", async () => {
        expect(await preview(webStack().map(resourceOf))).to.deep.equal([]);
    });

    it("reports a fault of one object as that object is registered", async () => {
        const broken = webStackWith("Deployment", [...nginx, "image"], "nginx:latest").map(resourceOf);
        const found = await analyzer.analyze(broken[0]!);
        expect(found.map(({ policy, level, urn }) => ({ policy, level, urn }))).to.deep.equal([
            { policy: "images-pinned", level: "mandatory", urn: deploymentUrn("web") },
        ]);
        expect(found[0]!.message).to.include("The image of container nginx, nginx:latest, has the tag latest");
    });

    it("reports a fault that other objects show at the end", async () => {
        const broken = webStackWith("Deployment", [...podSpec, "terminationGracePeriodSeconds"], 45).map(resourceOf);
        const found = await preview(broken);
        expect(found.map(({ policy, level, urn }) => ({ policy, level, urn }))).to.deep.equal([
            { policy: "grace-covers-drain", level: "mandatory", urn: deploymentUrn("web") },
        ]);
        expect(found[0]!.message).to.match(/10 s preStop of container nginx \+ 40 s longest request .* = 50 s/);
    });

    it("turns an unknown value into an advisory that names object and field", async () => {
        const found = await preview(webStackWith("Deployment", [...nginx, "image"], unknown).map(resourceOf));
        expect(found.map(({ policy, level }) => ({ policy, level }))).to.deep.include({
            policy: "images-pinned",
            level: "advisory",
        });
        expect(found.every(({ level }) => level === "advisory")).to.equal(true);
        expect(found.find(({ policy }) => policy === "images-pinned")!.message).to.include(
            "Deployment shop/web, for want of spec.template.spec.containers[0].image of Deployment shop/web",
        );
    });

    it("reports a known fault where another workload's value is unknown", async () => {
        const grace = [...podSpec, "terminationGracePeriodSeconds"];
        const objects = [
            ...webStackWith("Deployment", grace, unknown),
            ...change(renamed(webStack(), "blog"), "Deployment", grace, 45),
        ];
        const found = await preview(objects.map(resourceOf));
        expect(found.map(({ policy, level, urn }) => ({ policy, level, urn }))).to.deep.equal([
            { policy: "grace-covers-drain", level: "mandatory", urn: deploymentUrn("blog") },
            { policy: "grace-covers-drain", level: "advisory", urn: "" },
            { policy: "grace-within-platform", level: "advisory", urn: "" },
        ]);
        expect(found[1]!.message).to.include("everything but Deployment shop/web");
    });

    it("goes by what the program asked for, not by what the cluster made of it", async () => {
        const live = change(
            webStackWith("Deployment", ["spec", "replicas"], 7),
            "Deployment",
            ["spec", "strategy", "rollingUpdate", "maxUnavailable"],
            "25%",
        );
        expect(await preview(webStack().map(resourceOf), live.map(resourceOf))).to.deep.equal([]);
    });

    it("accuses no program of the live replicas where it saw no registration", async () => {
        const live = change(renamed(webStack(), "untargeted"), "Deployment", ["spec", "replicas"], 7);
        const found = await analyzer.analyzeStack(live.map(resourceOf));
        expect(found.map(({ policy, level }) => ({ policy, level }))).to.deep.equal([
            { policy: "autoscaler-owns-replicas", level: "advisory" },
        ]);
        expect(found[0]!.message).to.include("what the program sets as spec.replicas of Deployment shop/untargeted");
    });

    it("allows the old replicas that ignoreChanges keeps in the inputs", async () => {
        const resources = webStackWith("Deployment", ["spec", "replicas"], 3).map(resourceOf);
        expect((await preview(resources)).map(({ policy }) => policy)).to.deep.equal(["autoscaler-owns-replicas"]);
        const ignoring = resources.map((resource) => ({ ...resource, ignoreChanges: ["spec.replicas"] }));
        expect(await preview(ignoring)).to.deep.equal([]);
    });

    it("looks into Lists", async () => {
        const items = webStackWith("Deployment", [...podSpec, "terminationGracePeriodSeconds"], 45);
        const list = {
            type: "kubernetes:core/v1:List",
            name: "all",
            properties: { apiVersion: "v1", kind: "List", items },
        };
        const found = await preview([list]);
        expect(found.map(({ policy, urn }) => ({ policy, urn }))).to.deep.equal([
            { policy: "grace-covers-drain", urn: urnOf(list) },
        ]);
        expect(found[0]!.message).to.include("Deployment shop/web: ");
    });

    it("takes its configuration from the engine", async () => {
        const objects = webStackWith("Deployment", ["spec", "template", "metadata", "annotations"], undefined);
        expect(await preview(objects.map(resourceOf))).to.deep.equal([]);
        await analyzer.configure("grace-covers-drain", { longestRequestSeconds: 55 });
        const found = await preview(objects.map(resourceOf));
        await analyzer.configure("grace-covers-drain", {});
        expect(found).to.have.length(1);
        expect(found[0]!.message).to.include("55 s longest request (longestRequestSeconds of this policy) = 65 s");
    });

    it("looks at Kubernetes objects only, and at no patches of them", async () => {
        const properties = { ...webStackWith("Deployment", [...nginx, "image"], "nginx")[0] };
        const others = [
            { type: "kubernetes:apps/v1:DeploymentPatch", name: "web", properties },
            { type: "other:index:Deployment", name: "web", properties },
            { type: "pulumi:pulumi:Stack", name: "dev", properties: {} },
            { type: "kubernetes:helm.sh/v3:Release", name: "chart", properties: { chart: "ingress-nginx" } },
        ];
        const rest = without(webStack(), "Deployment").map(resourceOf);
        expect(await preview([...others, ...rest])).to.deep.equal([]);
    });

    it("knows an object by its type token where its fields do not say what it is", async () => {
        const broken = webStackWith("Deployment", ["spec", "strategy"], undefined).map(resourceOf);
        const nameless = broken.map((resource) => {
            const { metadata, spec } = resource.properties as PolicyObject;
            return { ...resource, properties: { metadata, spec } };
        });
        expect((await preview(nameless)).map(({ policy }) => policy)).to.deep.equal(["rollouts-keep-capacity"]);
    });

    it("knows a removed API version by the type token alone", async () => {
        const found = await analyzer.analyze({
            type: "kubernetes:extensions/v1beta1:Ingress",
            name: "web",
            properties: { metadata: { name: "web" }, spec: unknown },
        });
        expect(found.map(({ policy }) => policy)).to.deep.equal(["no-removed-api-versions"]);
    });
});
