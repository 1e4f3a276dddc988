import { expect } from "chai";

import type { Api } from "../../../tools/common/kubernetes/api";
import type { Deployment } from "../../../tools/common/kubernetes/objects";
import { controllerOfKind } from "../../../tools/drill/cluster/controllers";
import { clusterFacts, nginxImages } from "../../../tools/drill/cluster/facts";

const deployment = {
    spec: {
        template: {
            spec: {
                containers: [{ name: "nginx", image: "lab.local/nginx:1.30" }],
                initContainers: [{ name: "php-fpm", image: "lab.local/php-fpm:8.4" }],
            },
        },
    },
} as unknown as Deployment;

const nginx130 = ["lab.local/nginx@sha256:aa", "lab.local/nginx:1.30.6", "lab.local/nginx:1.30"];
const nginx126 = ["lab.local/nginx:1.26.3", "lab.local/nginx:1.26"];
const controllerImages: Readonly<Record<string, string>> = {
    "ingress-nginx": "lab.local/ingress-nginx:v1.11.0",
    traefik: "lab.local/traefik:v3.7.15",
};
const controllerOf = (kind: string) => ({ spec: { containers: [{ image: controllerImages[kind] }] } });

/** An API of nodes that have these images. */
function apiWith(...nodes: readonly (readonly (readonly string[])[])[]): Api {
    return {
        get: () => Promise.resolve({ gitVersion: "v1.37.2" }),
        list: (path: string) =>
            Promise.resolve(
                path.includes("/nodes")
                    ? nodes.map((images) => ({ status: { images: images.map((names) => ({ names })) } }))
                    : Object.keys(controllerImages).flatMap((kind) =>
                          path.includes(encodeURIComponent(`name=${kind}`))
                              ? [controllerOf(kind), controllerOf(kind)]
                              : [],
                      ),
            ),
    } as unknown as Api;
}

describe("what a drill finds on a cluster", () => {
    it("is another version of nginx before another tag of the same one, where every node has it", async () => {
        const images = (api: Api) => nginxImages(api, deployment, undefined);
        const both = [nginx130, nginx126];
        expect(await images(apiWith(both, both))).to.deep.equal(["lab.local/nginx:1.30", "lab.local/nginx:1.26.3"]);
        expect(await images(apiWith(both, [nginx130]))).to.deep.equal([
            "lab.local/nginx:1.30",
            "lab.local/nginx:1.30.6",
        ]);
        const others = [["lab.local/nginx:1.30"], ["lab.local/ingress-nginx:v1.11.0"]];
        expect(await images(apiWith(others))).to.deep.equal(["lab.local/nginx:1.30"]);
    });

    it("is the other image that is named", async () => {
        const images = await nginxImages(apiWith([nginx130, nginx126]), deployment, "example.com/nginx:1.31.0");
        expect(images).to.deep.equal(["lab.local/nginx:1.30", "example.com/nginx:1.31.0"]);
    });

    it("is every version in play, by the tag that says most", async () => {
        const api = apiWith([nginx130, nginx126], [nginx130]);
        const others = ["lab.local/nginx:1.26.3", "lab.local/nginx:1.30.6", "lab.local/php-fpm:8.4"];
        for (const [kind, image] of Object.entries(controllerImages)) {
            const controller = controllerOfKind(kind);
            expect(await clusterFacts(api, deployment, controller, ["lab.local/nginx:1.26"])).to.deep.equal({
                kubernetesVersion: "v1.37.2",
                nodes: 2,
                images: [...others, image].sort(),
            });
        }
    });
});
