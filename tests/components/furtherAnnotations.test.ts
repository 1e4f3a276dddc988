/** Annotations of a stack's own, and those that are none of its affair. */
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import type { PhpWebServiceArgs } from "../../components";
import { problemsOfAnnotations } from "../../components/furtherAnnotations";
import { problemsOfService } from "../../components/problems";
import { resolveService } from "../../components/service";
import { ingressAnnotations } from "../../components/specs/traffic";

const refused = (names: readonly string[], controller: "ingress-nginx" | "traefik" = "ingress-nginx") =>
    problemsOfAnnotations(Object.fromEntries(names.map((name) => [name, ""])), controller).map(({ name }) => name);
const ofNginx = (name: string) => `nginx.ingress.kubernetes.io/${name}`;

describe("problemsOfAnnotations", () => {
    it("refuses each that the stack sets", () => {
        for (const certManagerIssuerKind of ["ClusterIssuer", "Issuer"] as const) {
            const names = Object.keys(
                ingressAnnotations({
                    hosts: [],
                    paths: ["/"],
                    proxyReadTimeoutSeconds: 55,
                    ingressClassName: "nginx",
                    clientMaxBodySize: "8m",
                    headerSize: "16k",
                    awaitAddress: false,
                    tls: { secretName: "tls", certManagerIssuer: "letsencrypt", certManagerIssuerKind },
                }),
            );
            expect(names.length).to.be.at.least(8);
            expect(refused([...names, "pulumi.com/patchFieldManager"])).to.deep.equal([
                ...names,
                "pulumi.com/patchFieldManager",
            ]);
        }
    });

    it("takes those of ingress-nginx that undo nothing, and all of others", () => {
        const taken = ["auth-url", "auth-secret", "cors-max-age", "ssl-redirect", "use-port-in-redirects", "limit-rps"];
        expect(refused([...taken.map(ofNginx), "external-dns.alpha.kubernetes.io/ttl", "auth-url"])).to.deep.equal([]);
        expect(refused([ofNginx("auth-snippet"), ofNginx("auth-urls"), ofNginx("")])).to.have.length(3);
    });

    it("takes with Traefik what that does as told by, as what it passes over would be left open", () => {
        const read = ["auth-url", "auth-secret", "cors-max-age", "allowlist-source-range", "limit-rps"].map(ofNginx);
        const passedOver = ["denylist-source-range", "satisfy", "auth-tls-match-cn", "enable-modsecurity"].map(ofNginx);
        expect(refused([...read, ...passedOver, "example.com/team"], "traefik")).to.deep.equal(passedOver);
        expect(refused(passedOver)).to.deep.equal([]);
        expect(refused([ofNginx("auth-snippet"), ofNginx("auth-urls")], "traefik")).to.have.length(2);
        const args: PhpWebServiceArgs = {
            ingressController: { kind: "traefik" },
            ingressAnnotations: { [ofNginx("denylist-source-range")]: "192.0.2.0/24" },
        };
        expect(problemsOfService(resolveService("web", args)).map(({ path }) => path)).to.deep.equal([
            'ingressAnnotations["nginx.ingress.kubernetes.io/denylist-source-range"]',
        ]);
    });

    it("is asked by the component, whatever the values are", () => {
        const args: PhpWebServiceArgs = {
            ingressAnnotations: { [ofNginx("proxy-body-size")]: pulumi.output("1m"), "example.com/team": "shop" },
        };
        expect(problemsOfService(resolveService("web", args))).to.deep.equal([
            {
                path: 'ingressAnnotations["nginx.ingress.kubernetes.io/proxy-body-size"]',
                message: "is the stack's own. Set nginx.clientMaxBodySize instead.",
            },
        ]);
    });
});
