import { expect } from "chai";
import { z } from "zod";

import { settingsSchema } from "../../settings/schema";
import { allKeys, describeAllowed, dottedPath, keysAt, quoted, schemaAt } from "../../settings/schemaTree";

describe("schemaAt", () => {
    it("finds a schema below defaults, optional keys, null and lists", () => {
        expect(schemaAt(settingsSchema, ["web", "autoscaling", "scaleUp", "percent"])).to.be.instanceOf(z.ZodNumber);
        expect(schemaAt(settingsSchema, ["web", "autoscaling", "triggers", 3, "type"])).to.be.instanceOf(z.ZodString);
        expect(schemaAt(settingsSchema, ["web", "phpFpm", "env", "APP_ENV"])).to.be.instanceOf(z.ZodString);
        expect(schemaAt(settingsSchema, [])).to.equal(settingsSchema);
    });

    it("finds nothing where a path leads nowhere, be it by the name of an object's method", () => {
        for (const key of ["colour", "constructor", "toString", "__proto__", "hasOwnProperty"]) {
            expect(schemaAt(settingsSchema, ["web", key]), key).to.equal(undefined);
        }
        expect(schemaAt(settingsSchema, ["web", "host", "name"])).to.equal(undefined);
    });
});

describe("keysAt", () => {
    it("lists the keys of a section, and none where there are no fixed keys", () => {
        expect(keysAt(settingsSchema, [])).to.deep.equal(["web", "ingressController", "metricsServer", "cluster"]);
        expect(keysAt(settingsSchema, ["web", "phpFpm", "env"])).to.equal(undefined);
        expect(keysAt(settingsSchema, ["web", "host"])).to.equal(undefined);
    });
});

describe("allKeys", () => {
    const keys = allKeys(settingsSchema);
    const key = (path: string) => keys.find((each) => each.path === path)!;

    it("has each key once, parents before children", () => {
        const paths = keys.map(({ path }) => path);
        expect(new Set(paths).size).to.equal(paths.length);
        for (const [i, path] of paths.entries()) {
            const parent = path
                .split(".")
                .slice(0, -1)
                .join(".")
                .replace(/\[\]$|\.name$/, "");
            if (parent !== "") expect(paths.indexOf(parent), path).to.be.within(0, i - 1);
        }
    });

    it("knows defaults, optional keys and the keys of a list's entries", () => {
        expect(key("web.autoscaling.minReplicas")).to.include({ defaultValue: 3, optional: false });
        expect(key("web.host")).to.include({ defaultValue: undefined, optional: true });
        expect(key("web.nginx.resources.limits.cpu").defaultValue).to.equal(null);
        expect(key("web.autoscaling.triggers[].type").optional).to.equal(false);
    });

    it("has a description for each key that is no section", () => {
        const silent = keys.filter(({ path, description }) => {
            const isSection = keysAt(settingsSchema, path.replaceAll("[]", ".0").split(".")) !== undefined;
            return !isSection && (description ?? "") === "";
        });
        expect(silent.map(({ path }) => path)).to.deep.equal([]);
    });
});

describe("describeAllowed", () => {
    const allowed = (path: string) => describeAllowed(schemaAt(settingsSchema, path.split(".")));

    it("says what a key takes", () => {
        expect(allowed("web.replicas")).to.equal("a whole number from 1 to 1000");
        expect(allowed("web.awaitAddress")).to.equal("true or false");
        expect(allowed("metricsServer.replicas")).to.equal("1 or 2");
        expect(allowed("ingressController.kind")).to.equal("ingress-nginx or traefik or envoy-gateway");
        expect(allowed("web.rollout.maxSurge")).to.match(/^a percentage from 1% to 100%, or a whole number/);
        expect(allowed("web.imagePullSecrets")).to.match(/^a list, each entry a DNS name: /);
        expect(allowed("web.phpFpm.env")).to.equal("a map of names and values");
        expect(allowed("web.phpFpm.ini.memory_limit")).to.equal("a text or a number or true or false");
        expect(allowed("cluster")).to.equal("a map with the keys context, identifier, allowSingleReplica");
        expect(allowed("cluster.context")).to.equal("a text that is not empty");
    });

    it("keeps what was said through a description and a default", () => {
        for (const path of ["web.ingressClassName", "web.tls.secretName", "web.gateway.sectionName"]) {
            expect(allowed(path), path).to.match(/^a DNS name: /);
        }
        for (const path of ["web.nginx.resources.requests.cpu", "ingressController.resources.limits.cpu"]) {
            expect(allowed(path), path).to.match(/^a CPU quantity above 0/);
        }
    });
});

describe("dottedPath", () => {
    it("writes a path as pulumi config set --path takes it", () => {
        expect(dottedPath(["web", "imagePullSecrets", 0])).to.equal("web.imagePullSecrets[0]");
        expect(dottedPath(["web", "phpFpm", "ini", "opcache.enable"])).to.equal('web.phpFpm.ini["opcache.enable"]');
        expect(dottedPath(["ingressController", "config", "use-gzip"])).to.equal("ingressController.config.use-gzip");
        expect(dottedPath([])).to.equal("");
    });

    it("keeps the dot of a key at the root, which stands in the file like that", () => {
        expect(dottedPath(["web.host"])).to.equal("web.host");
    });

    it("stays on one line and short, whatever the key", () => {
        expect(dottedPath(["web", "a\nb"])).to.equal('web["a\\nb"]');
        expect(dottedPath([""])).to.equal('[""]');
        expect(dottedPath(["web", "k".repeat(10_000)]).length).to.be.below(150);
    });
});

describe("quoted", () => {
    it("escapes what would change the line that it stands in", () => {
        expect(quoted('a"b\n\u0007')).to.equal('"a\\"b\\n\\u0007"');
        expect(quoted("\u202eabc\u200b\u2028\u009b")).to.equal('"\\u202eabc\\u200b\\u2028\\u009b"');
        expect(quoted("\u{e0001}")).to.equal('"\\udb40\\udc01"');
        expect(quoted("bücher 🚀")).to.equal('"bücher 🚀"');
    });

    it("cuts a long text between characters and tells its length", () => {
        expect(quoted("a".repeat(100))).to.equal(`"${"a".repeat(100)}"`);
        expect(quoted("a".repeat(101))).to.equal(`"${"a".repeat(100)}"... (101 characters)`);
        expect(quoted(`${"a".repeat(99)}🚀🚀`)).to.equal(`"${"a".repeat(99)}🚀"... (103 characters)`);
    });
});
