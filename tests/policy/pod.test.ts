import { expect } from "chai";

import { Field } from "../../policy/manifest";
import { hasPort, isNginx, isPhpFpm, parseSleeps, preStopOf } from "../../policy/pod";

const container = (fields: object): Field => new Field(fields, "Pod a");

describe("A preStop hook", () => {
    const commands: readonly (readonly [readonly string[], number, boolean])[] = [
        [["/bin/sleep", "30"], 30, true],
        [["sleep", "0.5"], 0.5, true],
        [["sleep", "1m", "30s"], 90, true],
        [["env", "sleep", "5"], 5, true],
        [["busybox", "sleep", "5"], 5, true],
        [["sh", "-c", "sleep 15"], 15, true],
        [["/bin/bash", "-ec", "sleep 5; exec sleep 10"], 15, true],
        [["sh", "-c", "sleep 15 && nginx -s quit"], 15, false],
        [["sh", "-c", "/bin/sleep 5\n/usr/sbin/nginx -s quit"], 5, false],
        [["sh", "-c", "sleep $DRAIN_SECONDS"], 0, false],
        [["sh", "/drain.sh"], 0, false],
        [["sh", "-c"], 0, true],
        [["nginx", "-s", "quit"], 0, false],
        [["/usr/bin/mysleep", "30"], 0, false],
        [[], 0, false],
    ];
    for (const [command, sleepSeconds, onlySleeps] of commands) {
        it(`sleeps ${sleepSeconds} s by ${JSON.stringify(command)}`, () => {
            expect(parseSleeps(command)).to.deep.equal({ sleepSeconds, onlySleeps });
        });
    }

    it("is read in Kubernetes' own form", () => {
        const preStop = { sleep: { seconds: 10 } };
        expect(preStopOf(container({ lifecycle: { preStop } }))).to.deep.equal({ sleepSeconds: 10, onlySleeps: true });
    });

    it("may be a request, whose length nobody knows", () => {
        const preStop = { httpGet: { path: "/drain", port: 80 } };
        expect(preStopOf(container({ lifecycle: { preStop } }))).to.deep.equal({ sleepSeconds: 0, onlySleeps: false });
    });

    it("may be absent", () => {
        expect(preStopOf(container({}))).to.equal(undefined);
        expect(preStopOf(container({ lifecycle: { preStop: {} } }))).to.equal(undefined);
        expect(preStopOf(container({ lifecycle: { postStart: { exec: { command: ["x"] } } } }))).to.equal(undefined);
    });
});

describe("A container", () => {
    const kinds: readonly (readonly [string, string, "nginx" | "php-fpm" | "neither"])[] = [
        ["nginx", "registry.example.com/shop/web:1.2.3", "nginx"],
        ["web", "docker.io/library/nginx:1.30.4", "nginx"],
        ["web", "docker.io/nginxinc/nginx-unprivileged:1.30.4", "nginx"],
        ["php-fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["app", "registry.example.com/shop/php-fpm:1.2.3", "php-fpm"],
        ["app", "docker.io/library/php:8.4.24-fpm", "php-fpm"],
        ["app", "php:8.4.24-fpm-alpine", "php-fpm"],
        ["app", "php:8.4.24-apache", "neither"],
        ["app", "example/php-nginx-fpm:1.0", "neither"],
        ["nginx-exporter", "docker.io/nginx/nginx-prometheus-exporter:1.5.1", "neither"],
        ["exporter", "docker.io/hipages/php-fpm_exporter:2.2.0", "neither"],
        ["nginxfpmish", "registry.example.com/nginx/other:1.0", "neither"],
    ];
    for (const [name, image, kind] of kinds) {
        it(`called ${name} with image ${image} is ${kind}`, () => {
            const field = container({ name, image });
            expect([isNginx(field), isPhpFpm(field)]).to.deep.equal([kind === "nginx", kind === "php-fpm"]);
        });
    }

    it("has the ports that it declares, by number and by name", () => {
        const field = container({ name: "nginx", ports: [{ name: "http", containerPort: 8080 }] });
        expect([hasPort(field, 8080), hasPort(field, "http"), hasPort(field, 80)]).to.deep.equal([true, true, false]);
    });

    it("has its image's usual port where it declares none", () => {
        expect(hasPort(container({ name: "nginx" }), 80)).to.equal(true);
        expect(hasPort(container({ name: "php-fpm" }), 9000)).to.equal(true);
        expect(hasPort(container({ name: "php-fpm" }), 80)).to.equal(false);
    });
});
