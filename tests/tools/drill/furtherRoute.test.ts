import { expect } from "chai";

import type { Api } from "../../../tools/common/kubernetes/api";
import { putFurtherRoute, removeFurtherRoutes } from "../../../tools/drill/cluster/furtherRoute";
import type { Scene } from "../../../tools/drill/events/event";
import { routeChange } from "../../../tools/drill/events/faults";

const ingresses = "/apis/networking.k8s.io/v1/namespaces/web/ingresses";
const httpRoutes = "/apis/gateway.networking.k8s.io/v1/namespaces/web/httproutes";

const backend = { service: { name: "web", port: { name: "http" } } };
const ingress = {
    metadata: { name: "web", namespace: "web", annotations: { owner: "x" } },
    spec: {
        ingressClassName: "nginx",
        tls: [{ secretName: "web" }],
        rules: [
            { http: { paths: [{ path: "/", pathType: "Prefix", backend }, { path: "/shop" }] } },
            { host: "www.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } },
        ],
    },
};
const httpRoute = {
    metadata: { name: "web", namespace: "web" },
    spec: {
        parentRefs: [{ name: "web" }],
        hostnames: ["www.example.com"],
        rules: [{ filters: [{ type: "RequestRedirect" }] }, { backendRefs: [{ name: "web", port: 80 }] }],
    },
};

interface Made {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly spec: object;
}

describe("a further route beside a variant's", () => {
    let objects: Map<string, object>;
    let deleted: string[];

    const api = {
        find: (path: string) => {
            const [base = "", query] = path.split("?");
            // A list is of one namespace, or of all, by label.
            const kind = base.split("/").at(-1) ?? "";
            const items = [...objects].filter(
                ([each, object]) =>
                    each.includes(`/${kind}/`) &&
                    (query === undefined || "drill/further-route" in ((object as Made).metadata.labels ?? {})),
            );
            const isKnown = [...objects.keys()].some((each) => each.includes(`/${kind}/`));
            return Promise.resolve(isKnown ? { items: items.map(([, object]) => object) } : undefined);
        },
        apply: (path: string, object: object) => Promise.resolve(void objects.set(path, object)),
        delete: (path: string) => {
            deleted.push(path);
            return Promise.resolve(void objects.delete(path));
        },
    } as unknown as Api;

    beforeEach(() => {
        objects = new Map();
        deleted = [];
    });

    const made = (path: string) => objects.get(`${path}/drill-further-route`) as Made | undefined;

    it("is on the Ingress's hosts, to its pods, of its class, by the path alone", async () => {
        objects.set(`${ingresses}/web`, ingress);
        await putFurtherRoute(api, "web", "/further");
        const paths = [{ path: "/further", pathType: "Prefix", backend }];
        expect(made(ingresses)?.spec).to.deep.equal({
            ingressClassName: "nginx",
            rules: [{ http: { paths } }, { host: "www.example.com", http: { paths } }],
        });
        expect(made(ingresses)?.metadata).to.not.have.property("annotations");
    });

    it("is on the Gateway of an HTTPRoute where there is no Ingress", async () => {
        objects.set(`${httpRoutes}/web`, httpRoute);
        await putFurtherRoute(api, "web", "/further");
        expect(made(httpRoutes)?.spec).to.deep.equal({
            parentRefs: [{ name: "web" }],
            hostnames: ["www.example.com"],
            rules: [
                {
                    matches: [{ path: { type: "PathPrefix", value: "/further" } }],
                    backendRefs: [{ name: "web", port: 80 }],
                },
            ],
        });
    });

    it("is refused where nothing leads to a variant", async () => {
        const failure = await putFurtherRoute(api, "web", "/further").catch((error: unknown) => error);
        expect(String(failure)).to.include("Namespace web has neither an Ingress nor an HTTPRoute.");
    });

    it("comes, changes and goes in its event, which leaves the variant's own", async () => {
        objects.set(`${ingresses}/web`, ingress);
        const seen: unknown[] = [];
        const scene = {
            api,
            variants: [{ name: "ours", namespace: "web" }],
            during: (_: string, work: Promise<unknown>) => work,
            undo: (_: string, work: () => Promise<void>) => work,
            pause: () => Promise.resolve(void seen.push(JSON.stringify(made(ingresses) ?? "none"))),
        } as unknown as Scene;
        await routeChange.run(scene);
        expect(seen.map((text) => /drill-further-\d|none/.exec(String(text))?.[0])).to.deep.equal([
            "drill-further-1",
            "drill-further-2",
            "none",
        ]);
        expect([...objects.keys()]).to.deep.equal([`${ingresses}/web`]);
    });

    it("that a drill which was killed has left is removed, in whatever namespace, and no other", async () => {
        expect(await removeFurtherRoutes(api)).to.equal(false);
        objects.set(`${ingresses}/web`, ingress);
        objects.set(`${httpRoutes}/web`, httpRoute);
        await putFurtherRoute(api, "web", "/further");
        expect(await removeFurtherRoutes(api)).to.equal(true);
        expect(deleted).to.deep.equal([`${ingresses}/drill-further-route`]);
    });
});
